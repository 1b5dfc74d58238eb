import type { RefObject } from 'react'
import type { Suppression } from '../../../model/suppression.ts'
import { count } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import { LongTable } from '../../parts/LongTable.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { StateMark } from './StateMark.tsx'

interface Props {
  readonly items: readonly Suppression[]
  readonly opened: string | undefined
  readonly onOpen: (id: string) => void
  /** What scrolls the table. */
  readonly scroller: RefObject<HTMLElement | null>
}

/** Suppressions, a line each; what needs a look first. */
export const SuppressionTable = ({ items, opened, onOpen, scroller }: Props) => {
  const { columns } = messages.suppressions
  return (
    <LongTable
      label={messages.suppressions.rows}
      rows={items}
      idOf={({ id }) => id}
      opened={opened}
      scroller={scroller}
      head={
        <>
          <th scope="col">{columns.name}</th>
          <th scope="col" className="w-6 @lg:w-36">
            <span className="sr-only @lg:not-sr-only">{columns.state}</span>
          </th>
          <th scope="col" className="hidden w-32 @4xl:table-cell">
            {columns.owner}
          </th>
          <th scope="col" className="hidden w-[30%] @5xl:table-cell">
            {columns.reason}
          </th>
          <th scope="col" className="w-20 @2xl:w-28">
            {columns.expires}
          </th>
          <th scope="col" className="num hidden w-24 @md:table-cell">
            {columns.uses}
          </th>
          <th scope="col" className="hidden w-28 @2xl:table-cell">
            {columns.last}
          </th>
          <th scope="col" className="hidden w-24 @4xl:table-cell">
            {columns.where}
          </th>
        </>
      }
    >
      {(item, isOpened) => (
        <>
          <td>
            <button
              type="button"
              data-row
              aria-expanded={isOpened}
              title={item.name}
              className="block w-full truncate text-left"
              onClick={() => onOpen(item.id)}
            >
              {item.name}
            </button>
          </td>
          <td>
            <StateMark state={item.state} why={item.why} wordless="sr-only @lg:not-sr-only" />
          </td>
          <td className="hidden truncate text-dim @4xl:table-cell" title={item.owner}>
            {item.owner}
          </td>
          <td className="hidden truncate text-dim @5xl:table-cell" title={item.reason}>
            {item.reason}
          </td>
          <td className={item.state === 'expired' ? 'text-dim' : ''}>
            <Moment time={item.expires} as="age" />
          </td>
          <td className={`num hidden @md:table-cell ${item.uses === 0 ? 'text-faint' : ''}`}>{count(item.uses)}</td>
          <td className="hidden text-dim @2xl:table-cell">
            {item.lastUsed === undefined ? (
              <span className="text-faint">{messages.suppressions.never}</span>
            ) : (
              <Moment time={item.lastUsed} />
            )}
          </td>
          <td className="hidden truncate text-dim @4xl:table-cell" title={item.where}>
            {messages.suppressions.origins[item.origin]}
          </td>
        </>
      )}
    </LongTable>
  )
}
