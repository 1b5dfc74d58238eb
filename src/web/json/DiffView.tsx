import { useMemo, useState } from 'react'
import type { JsonValue } from '../../model/json.ts'
import { messages } from '../messages.ts'
import { type DiffLine, type DiffRow, diffLines, foldRows, sharedEnds } from './diff.ts'
import { yamlLines } from './yaml.ts'

interface Props {
  readonly before: JsonValue
  readonly after: JsonValue
}

/** Equal lines kept around each change. */
const context = 3

/** Two versions of an object side by side as YAML; what is equal is folded away. */
export const DiffView = ({ before, after }: Props) => {
  const rows = useMemo(() => diffLines(yamlLines(before), yamlLines(after)), [before, after])
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const folded = useMemo(() => foldRows(rows, context, opened), [rows, opened])
  if (rows.every(({ kind }) => kind === 'same')) return <p className="py-3 text-dim">{messages.object.same}</p>
  return (
    <table className="w-full table-fixed border-collapse rounded-6 border border-line font-mono text-12">
      <colgroup>
        <col className="w-11" />
        <col />
        <col className="w-11" />
        <col />
      </colgroup>
      <thead>
        <tr className="h-7 border-b border-line font-sans text-dim">
          <td />
          <th scope="col" className="text-left font-medium">
            {messages.object.before}
          </th>
          <td />
          <th scope="col" className="text-left font-medium">
            {messages.object.after}
          </th>
        </tr>
      </thead>
      <tbody>
        {folded.map((row) =>
          row.kind === 'fold' ? (
            <tr key={`fold ${row.at}`} className="border-y border-line bg-bg">
              <td colSpan={4}>
                <button
                  type="button"
                  className="h-6 w-full px-3 text-left font-sans text-dim hover:bg-hover"
                  onClick={() => setOpened(new Set([...opened, row.at]))}
                >
                  ⋯ {messages.object.hiddenLines(row.rows)}
                </button>
              </td>
            </tr>
          ) : (
            <Row key={`${row.left?.number ?? ''} ${row.right?.number ?? ''}`} row={row} />
          ),
        )}
      </tbody>
    </table>
  )
}

const Row = ({ row }: { readonly row: DiffRow }) => {
  const ends = row.kind === 'changed' ? sharedEnds(row.left.text, row.right.text) : undefined
  const leftTone = row.kind === 'removed' || row.kind === 'changed' ? 'bg-removed' : ''
  const rightTone = row.kind === 'added' || row.kind === 'changed' ? 'bg-added' : ''
  return (
    <tr className="align-top">
      <LineNumber
        line={row.left}
        tone={leftTone}
        sign={row.kind === 'same' ? '' : '−'}
        word={messages.object.removed}
      />
      <td className={`pr-2 ${leftTone} ${row.left ? '' : 'bg-hover'}`}>
        <Line line={row.left} ends={ends} strong="bg-removed-strong" />
      </td>
      <LineNumber
        line={row.right}
        tone={rightTone}
        sign={row.kind === 'same' ? '' : '+'}
        word={messages.object.added}
      />
      <td className={`pr-2 ${rightTone} ${row.right ? '' : 'bg-hover'}`}>
        <Line line={row.right} ends={ends} strong="bg-added-strong" />
      </td>
    </tr>
  )
}

interface LineNumberProps {
  readonly line: DiffLine | undefined
  readonly tone: string
  readonly sign: string
  readonly word: string
}

/** The line's number with the sign of what happened to it. */
const LineNumber = ({ line, tone, sign, word }: LineNumberProps) => (
  <td
    className={`border-l border-line px-1 text-right text-dim select-none first:border-l-0 ${tone} ${line ? '' : 'bg-hover'}`}
  >
    {line && (
      <>
        {sign && (
          <span className="float-left text-text">
            <span aria-hidden="true">{sign}</span>
            <span className="sr-only">{word}</span>
          </span>
        )}
        {line.number}
      </>
    )}
  </td>
)

interface LineProps {
  readonly line: DiffLine | undefined
  readonly ends: { readonly start: number; readonly end: number } | undefined
  readonly strong: string
}

const Line = ({ line, ends, strong }: LineProps) => {
  if (!line) return null
  const style = 'pl-1 whitespace-pre-wrap [overflow-wrap:anywhere]'
  if (!ends) return <div className={style}>{line.text}</div>
  const to = line.text.length - ends.end
  return (
    <div className={style}>
      {line.text.slice(0, ends.start)}
      <span className={`rounded-3 ${strong}`}>{line.text.slice(ends.start, to)}</span>
      {line.text.slice(to)}
    </div>
  )
}
