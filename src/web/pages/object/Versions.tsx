import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { ObjectVersionRow } from '../../../model/answer.ts'
import { versionQuery } from '../../api/queries.ts'
import { DiffView } from '../../json/DiffView.tsx'
import { withoutNoise } from '../../json/noise.ts'
import { YamlView } from '../../json/YamlView.tsx'
import { messages } from '../../messages.ts'
import { Fault } from '../../parts/Fault.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { Progress } from '../../parts/Progress.tsx'
import { UserName } from '../../parts/UserName.tsx'
import { chosenVersion, versionBefore } from './choose-version.ts'

interface Props {
  /** Newest first. */
  readonly rows: readonly ObjectVersionRow[]
  readonly at: string | undefined
  readonly more: boolean
  readonly onMore: () => void
}

const route = '/object/$group/$kind/$namespace/$name'

/** The time line of an object on the left; what one version changed, and by whose request, on the right. */
export const Versions = ({ rows, at, more, onMore }: Props) => {
  const search = useSearch({ from: route })
  const navigate = useNavigate({ from: route })
  const chosen = chosenVersion(rows, search.v, at)
  const before = chosen && versionBefore(rows, chosen)
  const whole = search.view === 'whole' || !before
  return (
    <div className="grid grid-cols-[200px_minmax(0,1fr)] gap-x-5 max-md:grid-cols-1">
      <ol
        aria-label={messages.object.versions}
        className="flex flex-col max-md:max-h-52 max-md:overflow-y-auto max-md:pb-3"
      >
        {rows.map((row, index) => (
          <li key={row.id} className="relative">
            {index < rows.length - 1 && (
              <span aria-hidden="true" className="absolute top-5 bottom-[-10px] left-[11px] w-px bg-line-strong" />
            )}
            <button
              type="button"
              data-row
              aria-current={row.id === chosen?.id}
              className="flex w-full gap-2.5 rounded-6 px-1.5 py-1 text-left hover:bg-hover aria-[current=true]:bg-selected"
              onClick={() => {
                void navigate({ search: (old) => ({ ...old, v: row.id }), replace: search.v !== undefined })
              }}
            >
              <Dot row={row} />
              <span className="min-w-0 grow">
                <span className="flex items-baseline justify-between gap-2">
                  <Moment time={row.time} />
                  <span className="text-12 text-dim">
                    {statusOnly(row) ? messages.object.status : messages.changes[row.change]}
                  </span>
                </span>
                {!statusOnly(row) && (
                  <span className="block truncate font-mono text-12 text-dim" title={row.madeBy?.user}>
                    {row.madeBy ? <UserName user={row.madeBy.user} /> : '\u00a0'}
                  </span>
                )}
              </span>
            </button>
          </li>
        ))}
        {more && (
          <li>
            <button type="button" className="btn mt-2" onClick={onMore}>
              {messages.object.olderVersions}
            </button>
          </li>
        )}
      </ol>
      {chosen && (
        <div className="min-w-0">
          <MadeBy version={chosen} />
          <div className="flex flex-wrap items-center gap-2 py-2">
            <fieldset className="flex" aria-label={messages.object.current}>
              {(['diff', 'whole'] as const).map((view) => (
                <button
                  key={view}
                  type="button"
                  className="btn -ml-px rounded-none first:ml-0 first:rounded-l-6 last:rounded-r-6"
                  aria-pressed={(view === 'whole') === whole}
                  disabled={view === 'diff' && !before}
                  onClick={() => {
                    void navigate({ search: (old) => ({ ...old, view: view === 'diff' ? undefined : view }) })
                  }}
                >
                  {view === 'diff' ? messages.object.diff : messages.object.whole}
                </button>
              ))}
            </fieldset>
            <label className="ml-auto flex shrink-0 items-center gap-1.5 text-dim">
              <input
                type="checkbox"
                checked={search.managed === '1'}
                onChange={(event) => {
                  const managed = event.target.checked ? ('1' as const) : undefined
                  void navigate({ search: (old) => ({ ...old, managed }) })
                }}
              />
              {messages.object.managed}
            </label>
          </div>
          <Body version={chosen} before={whole ? undefined : before} managed={search.managed === '1'} />
        </div>
      )}
    </div>
  )
}

/** True when the request wrote only the status, as controllers do all the time; what people change stands out beside it. */
const statusOnly = ({ change, madeBy }: ObjectVersionRow): boolean =>
  change === 'modified' && madeBy?.subresource === 'status'

const Dot = ({ row }: { readonly row: ObjectVersionRow }) => (
  <svg viewBox="0 0 12 12" className="relative mt-1 size-3 shrink-0 text-dim" aria-hidden="true">
    {row.change === 'deleted' ? (
      <path d="m2 2 8 8M10 2l-8 8" stroke="currentColor" strokeWidth="1.8" />
    ) : (
      <circle
        cx="6"
        cy="6"
        r={statusOnly(row) ? 2 : 4}
        fill={row.change === 'modified' ? 'currentColor' : 'var(--bg)'}
        stroke="currentColor"
        strokeWidth="1.6"
      />
    )}
  </svg>
)

/** Whose request made this version, from where and with what; or that the record cannot say. */
const MadeBy = ({ version }: { readonly version: ObjectVersionRow }) => (
  <div className="rounded-6 border border-line bg-surface px-3 py-2">
    <p className="flex flex-wrap items-baseline gap-x-2">
      <span className="font-medium">
        {messages.changes[version.change]} <Moment time={version.time} as="clock" />
      </span>
      <span className="font-mono text-12 text-faint">resourceVersion {version.resourceVersion}</span>
    </p>
    {version.madeBy ? (
      <p className="flex flex-wrap items-baseline gap-x-2 text-dim">
        {version.madeByHow === 'near' ? (
          <span className="underline decoration-dotted underline-offset-2" title={messages.object.nearNote}>
            {messages.object.madeByNear}
          </span>
        ) : (
          messages.object.madeBy
        )}
        <span className="font-mono text-12 break-all text-text">{version.madeBy.user}</span>
        {version.madeBy.sourceIp && <span>{messages.object.from(version.madeBy.sourceIp)}</span>}
        {version.madeBy.userAgent && (
          <span className="max-w-96 truncate" title={version.madeBy.userAgent}>
            {messages.object.with(version.madeBy.userAgent)}
          </span>
        )}
        <Link to="/events" search={{ q: `id:${version.madeBy.id}`, row: version.madeBy.id }} className="link">
          {messages.object.request}
        </Link>
      </p>
    ) : (
      <p className="text-dim">{messages.object.noRequest}</p>
    )}
    {version.synthesised && <p className="text-past">{messages.object.synthesised}</p>}
  </div>
)

interface BodyProps {
  readonly version: ObjectVersionRow
  readonly before: ObjectVersionRow | undefined
  readonly managed: boolean
}

const Body = ({ version, before, managed }: BodyProps) => {
  const after = useQuery(versionQuery(version.id))
  const older = useQuery({ ...versionQuery(before?.id ?? ''), enabled: before !== undefined })
  const fault = after.error ?? older.error
  if (fault) return <Fault error={fault} />
  const clean = managed ? (body: Parameters<typeof withoutNoise>[0]) => body : withoutNoise
  return (
    <>
      <Progress busy={after.isFetching || older.isFetching} />
      {before && after.data && older.data && (
        <DiffView before={clean(older.data.body)} after={clean(after.data.body)} />
      )}
      {!before && after.data && <YamlView value={clean(after.data.body)} label={messages.object.whole} />}
    </>
  )
}
