import type { ReactNode } from 'react'
import { count, difference } from '../format/numbers.ts'
import { messages } from '../messages.ts'

interface Props {
  readonly head: string
  readonly rows: readonly {
    readonly key: string
    readonly name: ReactNode
    readonly before: number
    readonly after: number
  }[]
  readonly kind: 'rule' | 'suppression'
  readonly compares: boolean
}

/** Counts of old and new beside each other, with the difference. */
export const Numbers = ({ head, rows, kind, compares }: Props) => (
  <table className="grid-lines w-full table-fixed text-12">
    <thead>
      <tr>
        <th scope="col">{head}</th>
        {compares && (
          <th scope="col" className="num w-20">
            {messages.backtest.before[kind]}
          </th>
        )}
        <th scope="col" className="num w-24">
          {messages.backtest.after[kind]}
        </th>
        {compares && (
          <th scope="col" className="num w-[72px]">
            {messages.backtest.difference}
          </th>
        )}
      </tr>
    </thead>
    <tbody>
      {rows.map(({ key, name, before, after }) => (
        <tr key={key}>
          <td className="truncate">{name}</td>
          {compares && <td className="num">{count(before)}</td>}
          <td className="num">{count(after)}</td>
          {compares && (
            <td className={`num ${after === before ? 'text-faint' : 'font-medium text-text'}`}>
              {difference(after - before)}
            </td>
          )}
        </tr>
      ))}
    </tbody>
  </table>
)
