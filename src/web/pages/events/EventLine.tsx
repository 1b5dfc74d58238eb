// biome-ignore-all lint/a11y/useSemanticElements: a row of a grid that is no <table>, see EventTable
// biome-ignore-all lint/a11y/useFocusableInteractive: the row takes the focus, its cells need not
import type { EventRow } from '../../../model/answer.ts'
import { messages } from '../../messages.ts'
import { Moment } from '../../parts/Moment.tsx'
import { UserName } from '../../parts/UserName.tsx'
import { Result } from './Result.tsx'

/** The columns of a row and of the head above it; the last one is there only where it has room. */
export const eventColumns =
  'grid-cols-[92px_minmax(90px,1.6fr)_minmax(104px,1.1fr)_minmax(110px,1.6fr)_104px] @3xl:grid-cols-[92px_minmax(130px,1.3fr)_minmax(120px,0.9fr)_minmax(140px,1.7fr)_104px_110px]'

interface Props {
  readonly id: string
  readonly row: EventRow
  readonly index: number
  /** Pixels from the top of the list. */
  readonly top: number
  readonly active: boolean
  readonly tabbable: boolean
  readonly onFocus: () => void
  readonly onOpen: () => void
}

/** One record in one line. */
export const EventLine = ({ id, row, index, top, active, tabbable, onFocus, onOpen }: Props) => (
  // biome-ignore lint/a11y/useKeyWithClickEvents: Enter opens the row, as it does on every page
  <div
    role="row"
    id={id}
    tabIndex={tabbable ? 0 : -1}
    aria-rowindex={index + 2}
    aria-selected={active}
    onFocus={onFocus}
    onClick={onOpen}
    className={`absolute grid w-full cursor-default ${eventColumns} h-7 items-center gap-x-3 border-b border-line px-4 focus-visible:-outline-offset-2 aria-selected:bg-selected ${
      active ? '' : 'hover:bg-hover'
    } ${row.kind === 'gap' ? 'hatched' : ''}`}
    style={{ transform: `translateY(${top}px)` }}
  >
    <span role="gridcell" className="font-mono text-12 text-dim">
      <Moment time={row.time} as="clock" />
    </span>
    {row.kind === 'audit' ? <Request row={row} /> : <Told row={row} />}
    <span role="gridcell" className="hidden truncate font-mono text-12 text-dim @3xl:block">
      {row.sourceIp || row.source}
    </span>
  </div>
)

/** Who did what to what, with which result. */
const Request = ({ row }: { readonly row: EventRow }) => (
  <>
    <span role="gridcell" className="truncate font-mono text-12" title={row.user}>
      <UserName user={row.user} />
      {row.impersonatedUser && (
        <>
          {' → '}
          <UserName user={row.impersonatedUser} />
        </>
      )}
    </span>
    <span role="gridcell" className="truncate" title={`${row.verb} ${row.resource}`}>
      <span className="font-medium">{row.verb}</span> {row.resource}
      {row.subresource && <span className="text-dim">/{row.subresource}</span>}
    </span>
    <span role="gridcell" className="truncate font-mono text-12" title={row.requestUri}>
      {row.resource === '' ? (
        <span className="text-dim">{row.requestUri}</span>
      ) : (
        <>
          {row.namespace && <span className="text-dim">{row.namespace}/</span>}
          {row.name || <span className="text-faint">*</span>}
        </>
      )}
    </span>
    <span role="gridcell">
      <Result row={row} />
    </span>
  </>
)

/** A Kubernetes event or a gap: its sentence over the columns. */
const Told = ({ row }: { readonly row: EventRow }) => (
  <span role="gridcell" className="col-span-4 truncate" title={row.summary}>
    <span className={`chip mr-2 text-12 ${row.kind === 'gap' ? 'border-past bg-bg text-past' : 'text-dim'}`}>
      {row.kind === 'gap' ? messages.events.gap : row.reason || row.kind}
    </span>
    {row.summary}
  </span>
)
