import type { RefObject } from 'react'
import type { RuleRow } from '../../../api/contract/detection.ts'
import { techniquesOf } from '../../../model/rule.ts'
import { count } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import { CoverageMark } from '../../parts/CoverageMark.tsx'
import { Icon } from '../../parts/Icon.tsx'
import { LongTable } from '../../parts/LongTable.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { SeverityMark, SeverityShape } from '../../parts/Severity.tsx'
import { Switch } from '../../parts/Switch.tsx'

interface Props {
  readonly rows: readonly RuleRow[]
  /** Id of the rule whose detail is open. */
  readonly opened: string | undefined
  readonly onOpen: (id: string) => void
  readonly onSwitch: (id: string, title: string, on: boolean) => void
  /** Nothing is changed while the past is looked at. */
  readonly locked: boolean
  readonly busy: boolean
  /** What scrolls the table. */
  readonly scroller: RefObject<HTMLElement | null>
}

/** The rules, a line each. Columns go where there is no room for them; the panel has them all. */
export const RuleTable = ({ rows, opened, onOpen, onSwitch, locked, busy, scroller }: Props) => {
  const { columns } = messages.rules
  return (
    <LongTable
      label={messages.rules.rows}
      rows={rows}
      idOf={({ rule }) => rule.id}
      opened={opened}
      scroller={scroller}
      head={
        <>
          <th scope="col" className="w-7 @2xl:w-24">
            <span className="sr-only @2xl:not-sr-only">{columns.severity}</span>
          </th>
          <th scope="col">{columns.title}</th>
          <th scope="col" className="hidden w-36 @5xl:table-cell">
            {columns.kind}
          </th>
          <th scope="col" className="hidden w-44 @6xl:table-cell">
            {columns.techniques}
          </th>
          <th scope="col" className="w-12">
            {columns.on}
          </th>
          <th scope="col" className="num hidden w-16 @lg:table-cell">
            {columns.fired}
          </th>
          <th scope="col" className="hidden w-28 @4xl:table-cell">
            {columns.last}
          </th>
          <th scope="col" className="w-6 @md:w-28">
            <span className="sr-only @md:not-sr-only">{columns.coverage}</span>
          </th>
          <th scope="col" className="hidden w-24 @5xl:table-cell">
            {columns.backtest}
          </th>
          <th scope="col" className="hidden w-20 @2xl:table-cell">
            {columns.problems}
          </th>
        </>
      }
    >
      {(row, isOpened) => (
        <>
          <td>
            <span className="@2xl:hidden">
              <SeverityShape severity={row.rule.severity} />
              <span className="sr-only">{messages.signs[row.rule.severity]}</span>
            </span>
            <span className="hidden @2xl:inline">
              <SeverityMark severity={row.rule.severity} />
            </span>
          </td>
          <td>
            <button
              type="button"
              data-row
              aria-expanded={isOpened}
              title={row.rule.title}
              className={`block w-full truncate text-left ${row.enabled ? '' : 'text-dim'}`}
              onClick={() => onOpen(row.rule.id)}
            >
              {row.rule.title}
            </button>
          </td>
          <td className="hidden truncate text-dim @5xl:table-cell">
            {messages.rules.origins[row.rule.origin]} · {messages.rules.languages[row.rule.language]}
          </td>
          <td className="hidden @6xl:table-cell">
            <Techniques tags={row.rule.tags} />
          </td>
          <td>
            <Switch
              on={row.enabled}
              label={messages.rules.switchLabel(row.rule.title)}
              title={locked ? messages.rules.switchPast : undefined}
              disabled={locked || busy}
              onChange={(on) => onSwitch(row.rule.id, row.rule.title, on)}
            />
          </td>
          <td className={`num hidden @lg:table-cell ${row.fired === 0 ? 'text-faint' : ''}`}>{count(row.fired)}</td>
          <td className="hidden whitespace-nowrap text-dim @4xl:table-cell">
            {row.lastFired === undefined ? (
              <span className="text-faint">{messages.rules.neverFired}</span>
            ) : (
              <Moment time={row.lastFired} as="moment" />
            )}
          </td>
          <td>
            <CoverageMark coverage={row.coverage} wordless="sr-only @md:not-sr-only" />
          </td>
          <td className="hidden whitespace-nowrap text-dim @5xl:table-cell">
            <LastBacktest row={row} />
          </td>
          <td className="hidden whitespace-nowrap @2xl:table-cell">
            {row.problems.length > 0 && (
              <span className="sign text-past" title={row.problems.join('\n')}>
                <Icon name="warn" className="size-3.5" />
                {count(row.problems.length)}
                <span className="sr-only"> {messages.rules.problems(row.problems.length)}</span>
              </span>
            )}
          </td>
        </>
      )}
    </LongTable>
  )
}

/** How many techniques stand in a row before the rest is counted. */
const shownTechniques = 2

const Techniques = ({ tags }: { readonly tags: readonly string[] }) => {
  const techniques = techniquesOf(tags)
  const rest = techniques.length - shownTechniques
  return (
    <span className="block truncate font-mono text-12 text-dim" title={techniques.join(', ')}>
      {techniques.slice(0, shownTechniques).join(' ')}
      {rest > 0 && ` ${messages.rules.moreTechniques(rest)}`}
    </span>
  )
}

const LastBacktest = ({ row }: { readonly row: RuleRow }) =>
  row.lastBacktest === undefined ? (
    <span className="text-faint" title={messages.rules.neverReplayed}>
      {messages.rules.neverFired}
    </span>
  ) : (
    <Moment time={row.lastBacktest.time} as="age" />
  )
