import { type KeyboardEvent, type RefObject, useState } from 'react'
import type { CoverageAnswer, RuleCoverage, RuleSelftest } from '../../../api/contract/detection.ts'
import { messages } from '../../messages.ts'
import { CoverageShape, coverageReason } from '../../parts/CoverageMark.tsx'
import { LongTable } from '../../parts/LongTable.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { SelftestShape, selftestReason, selftestWord } from '../../parts/SelftestMark.tsx'
import { SeverityShape } from '../../parts/Severity.tsx'
import { selftestState } from '../../parts/selftest-state.ts'
import { bestOf, type CoverageRow } from './coverage-rows.ts'

interface Props {
  readonly sources: CoverageAnswer['sources']
  readonly rows: readonly CoverageRow[]
  /** Id of the rule whose detail is open. */
  readonly opened: string | undefined
  readonly onOpen: (rule: string) => void
  /** What scrolls the table. */
  readonly scroller: RefObject<HTMLElement | null>
}

/** What is pointed at: the sign of a source, or what a self-test found. */
type Pointed =
  | { readonly source: string; readonly cell: RuleCoverage }
  | { readonly selftest: RuleSelftest | undefined }

/**
 * Rules down, sources across, a sign in each place. The arrow keys go from sign to sign, j and k from rule to rule; what is
 * pointed at is said in the line above, whose room is always kept.
 */
export const CoverageMatrix = ({ sources, rows, opened, onOpen, scroller }: Props) => {
  const [pointed, setPointed] = useState<Pointed>()
  const onKeyDown = (event: KeyboardEvent<HTMLTableElement>): void => {
    const step = steps[event.key]
    const here = event.target instanceof HTMLElement ? event.target.closest('td, th') : null
    if (step === undefined || !(here instanceof HTMLTableCellElement)) return
    const next = nextButton(event.currentTarget, here, step)
    if (!next) return
    event.preventDefault()
    next.focus()
    next.scrollIntoView({ block: 'nearest' })
  }
  return (
    <>
      <p
        role="status"
        className="sticky top-0 left-0 z-20 flex h-8 items-center gap-2 overflow-hidden bg-bg whitespace-nowrap"
      >
        {pointed ? <Readout pointed={pointed} /> : <span className="text-faint">{messages.coverage.readout}</span>}
      </p>
      <LongTable
        label={messages.coverage.matrix}
        rows={rows}
        idOf={({ rule }) => rule}
        opened={opened}
        scroller={scroller}
        headTop="top-8"
        onKeyDown={onKeyDown}
        onMouseLeave={() => setPointed(undefined)}
        head={
          <>
            <th scope="col">{messages.coverage.rule}</th>
            {sources.map((source) => (
              <th
                key={source.id}
                scope="col"
                className="w-16 truncate px-1! text-center! @lg:w-28"
                title={`${source.title}: ${source.state}`}
              >
                {source.title}
                {source.state !== 'connected' && source.state !== 'ended' && (
                  <span className="block text-past">{stateWord(source.state)}</span>
                )}
              </th>
            ))}
            <th scope="col" className="w-10 px-0.5! text-center! whitespace-normal! @lg:w-36 @lg:pl-4! @lg:text-left!">
              {messages.coverage.selftest.column}
            </th>
            <th scope="col" className="hidden w-[38%] pl-4! @5xl:table-cell">
              {messages.coverage.why}
            </th>
          </>
        }
      >
        {(row, isOpened) => (
          <>
            <td>
              <button
                type="button"
                data-row
                aria-expanded={isOpened}
                title={row.title}
                className="flex w-full items-center gap-2 text-left"
                onClick={() => onOpen(row.rule)}
              >
                <SeverityShape severity={row.severity} />
                <span className="truncate">{row.title}</span>
                <span className="sr-only">{messages.signs[row.severity]}</span>
              </button>
            </td>
            {sources.map((source) => {
              const cell = row.cells[source.id]
              const point = (): void => setPointed(cell && { source: source.title, cell })
              return (
                <td key={source.id} className="text-center" onMouseEnter={point}>
                  {cell && (
                    <button
                      type="button"
                      tabIndex={-1}
                      className="inline-flex size-6 items-center justify-center rounded-3 align-middle hover:bg-hover"
                      onFocus={point}
                      onClick={() => onOpen(row.rule)}
                    >
                      <CoverageShape kind={cell.kind} />
                      <span className="sr-only">
                        {messages.coverage.words[cell.kind]} {coverageReason(cell)}
                      </span>
                    </button>
                  )}
                </td>
              )
            })}
            <td
              className="truncate px-0.5! text-center @lg:pl-4! @lg:text-left"
              onMouseEnter={() => setPointed({ selftest: row.selftest })}
            >
              <button
                type="button"
                tabIndex={-1}
                className="inline-flex h-6 max-w-full min-w-6 items-center justify-center gap-1.5 rounded-3 align-middle hover:bg-hover @lg:px-1"
                onFocus={() => setPointed({ selftest: row.selftest })}
                onClick={() => onOpen(row.rule)}
              >
                <SelftestShape state={selftestState(row.selftest)} />
                <span className="truncate @max-lg:sr-only">{selftestWord(row.selftest)}</span>
                <span className="sr-only">{selftestReason(row.selftest)}</span>
              </button>
            </td>
            <td className="hidden truncate pl-4! text-dim @5xl:table-cell">
              <Why row={row} />
            </td>
          </>
        )}
      </LongTable>
    </>
  )
}

/** The sign that is pointed at, in words. */
const Readout = ({ pointed }: { readonly pointed: Pointed }) => {
  if ('cell' in pointed)
    return (
      <>
        <CoverageShape kind={pointed.cell.kind} />
        <span>
          {messages.coverage.words[pointed.cell.kind]} {messages.coverage.onSource(pointed.source)}
        </span>
        <span className="truncate text-dim">{coverageReason(pointed.cell).replaceAll('\n', ' — ')}</span>
      </>
    )
  const { selftest } = pointed
  const state = selftestState(selftest)
  const { said, after } = messages.coverage.selftest
  return (
    <>
      <SelftestShape state={state} />
      <span>
        {said[state]}
        {state === 'fired' && selftest?.kind === 'fired' && after(selftest.seconds)}
      </span>
      {selftest !== undefined && (
        <span className="truncate text-dim">
          <Moment time={selftest.at} as="age" /> {selftestReason(selftest)}
        </span>
      )}
    </>
  )
}

/** The state of a source that does not see all that it should, in a word. */
const stateWord = (state: string): string => {
  const words: Readonly<Record<string, string>> = { ...messages.sourceStates, absent: messages.coverage.absent }
  return Object.hasOwn(words, state) ? (words[state] ?? state) : state
}

/** What stands behind the best sign of a row. */
const Why = ({ row }: { readonly row: CoverageRow }) => {
  const best = bestOf(row)
  const cell = Object.values(row.cells).find(({ kind }) => kind === best)
  if (cell === undefined) return <>{messages.coverage.nowhere}</>
  if (cell.kind === 'fires') {
    return (
      <>
        {messages.coverage.panel.last.toLowerCase()} <Moment time={cell.lastFired} as="age" />
      </>
    )
  }
  // Nothing is known against it, but for what was tried.
  if (cell.kind === 'could-fire')
    return selftestState(row.selftest) === 'failed' ? <>{selftestReason(row.selftest)}</> : null
  return (
    <span className={cell.kind === 'cannot' ? 'text-text' : ''} title={coverageReason(cell)}>
      {cell.why}
    </span>
  )
}

const steps: Readonly<Record<string, readonly [down: number, across: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
}

/** The next place in a direction that has a button. */
const nextButton = (
  table: HTMLTableElement,
  from: HTMLTableCellElement,
  [down, across]: readonly [number, number],
): HTMLButtonElement | null => {
  let column = from.cellIndex
  let line = table.rows.item((from.closest('tr')?.rowIndex ?? 0) + down)
  while (line) {
    if (across !== 0) column += across
    if (column < 0 || column >= line.cells.length) return null
    const button = line.cells.item(column)?.querySelector('button')
    if (button) return button
    if (down !== 0) line = table.rows.item(line.rowIndex + down)
  }
  return null
}
