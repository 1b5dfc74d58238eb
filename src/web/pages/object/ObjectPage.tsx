import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ObjectDetail } from '../../../api/contract/answers.ts'
import { printPattern } from '../../../model/query/index.ts'
import { type ObjectKey, objectQuery, versionsQuery } from '../../api/queries.ts'
import { Page } from '../../frame/Page.tsx'
import { messages } from '../../messages.ts'
import { CopyButton } from '../../parts/CopyButton.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { FindingList } from '../../parts/FindingList.tsx'
import { KindIcon } from '../../parts/KindIcon.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { ObjectName } from '../../parts/ObjectName.tsx'
import { OwnedTree } from '../../parts/OwnedTree.tsx'
import { useTime } from '../../url/use-time.ts'
import { Versions } from './Versions.tsx'

const part = (text: string): string => (text === '-' ? '' : text)

/** One object as of the page's moment: who it is, every version with who made it, what it is tied to. */
export const ObjectPage = () => {
  const params = useParams({ from: '/object/$group/$kind/$namespace/$name' })
  const key: ObjectKey = {
    group: part(params.group),
    kind: params.kind,
    namespace: part(params.namespace),
    name: params.name,
  }
  const time = useTime()
  const object = useQuery(objectQuery(key, time.at))
  const versions = useInfiniteQuery(versionsQuery(key))
  const rows = versions.data?.pages.flatMap(({ items }) => items) ?? []
  // Both would say the same.
  const isUnknown = object.error !== null && !object.data && versions.error !== null && !versions.data
  return (
    <Page
      title={key.name}
      claim={<Named object={key} />}
      busy={object.isFetching && !object.data}
      answeredAt={object.dataUpdatedAt}
    >
      <Head detail={object.data} />
      {object.error && !object.data && (
        <Fault
          error={object.error}
          retry={() => {
            void object.refetch()
            void versions.refetch()
          }}
        />
      )}
      {!isUnknown && (
        <div className="grid grid-cols-[minmax(0,1fr)_280px] gap-x-8 max-xl:grid-cols-1">
          <section className="min-w-0 pt-5">
            <h2 className="pb-1.5 text-14 font-semibold">{messages.object.versions}</h2>
            {versions.error && !versions.data ? (
              <Fault error={versions.error} retry={() => void versions.refetch()} />
            ) : versions.data && rows.length === 0 ? (
              <Empty kind="unseen">{messages.object.noVersions}</Empty>
            ) : (
              <Versions
                rows={rows}
                at={time.at}
                more={versions.hasNextPage}
                onMore={() => void versions.fetchNextPage()}
              />
            )}
          </section>
          {object.data && <Beside object={key} detail={object.data} />}
        </div>
      )}
    </Page>
  )
}

/** Of which kind and where; the name itself is the title. */
const Named = ({ object }: { readonly object: ObjectKey }) => (
  <span className="inline-flex items-center gap-2">
    <KindIcon kind={object.kind} />
    {object.kind}
    {object.group && ` · ${object.group}`}
    {object.namespace && (
      <>
        {` · ${messages.object.inNamespace} `}
        <span className="font-mono text-12">{object.namespace}</span>
      </>
    )}
    <CopyButton
      text={object.namespace ? `${object.namespace}/${object.name}` : object.name}
      label={`${messages.copy.copy} ${object.name}`}
    />
  </span>
)

const Head = ({ detail }: { readonly detail: ObjectDetail | undefined }) => (
  <div className="flex flex-col gap-1">
    {detail?.deleted && (
      <p className="flex items-center gap-2 border-l-2 border-past bg-past-bg px-3 py-1">
        {messages.object.gone} <Moment time={detail.object.changed} />
      </p>
    )}
    {detail && (
      <p className="flex flex-wrap items-center gap-x-4 text-dim">
        <span>
          {messages.object.created} <Moment time={detail.object.created} />
        </span>
        <span>
          {messages.object.seen} <Moment time={detail.object.changed} />
        </span>
        <span className="inline-flex items-center gap-1">
          {messages.object.uid} <span className="font-mono text-12">{detail.object.uid}</span>
          <CopyButton text={detail.object.uid} label={`${messages.copy.copy} ${messages.object.uid}`} />
        </span>
      </p>
    )}
  </div>
)

/** What belongs to the object, and what the checks have against it. */
const Beside = ({ object, detail }: { readonly object: ObjectKey; readonly detail: ObjectDetail }) => (
  <div className="min-w-0">
    <Part title={messages.object.related}>
      {detail.owners.length > 0 && (
        <>
          <h3 className="text-12 text-dim">{messages.object.owners}</h3>
          <ul className="pb-2">
            {detail.owners.map((owner) => (
              <li key={`${owner.kind} ${owner.name}`} className="flex min-h-6 items-center">
                <ObjectName object={owner} withoutNamespace />
              </li>
            ))}
          </ul>
        </>
      )}
      {detail.owned.length > 0 && (
        <>
          <h3 className="text-12 text-dim">{messages.object.owned}</h3>
          <div className="pb-2">
            <OwnedTree objects={detail.owned} namespace={object.namespace} />
          </div>
        </>
      )}
      <Link
        to="/events"
        search={{
          q: [
            object.namespace && `ns:${printPattern([object.namespace], false)}`,
            `resource:${printPattern([detail.object.ref.resource], false)}`,
            `name:${printPattern([object.name], false)}`,
          ]
            .filter(Boolean)
            .join(' '),
        }}
        className="link"
      >
        {messages.object.requests}
      </Link>
    </Part>
    <Part title={messages.object.findings}>
      {detail.findings.length === 0 ? (
        <p className="text-dim">
          {detail.deleted
            ? messages.object.goneFindings
            : detail.workload
              ? messages.object.noFindings
              : messages.object.noChecks}
        </p>
      ) : (
        <FindingList findings={detail.findings} />
      )}
    </Part>
  </div>
)

const Part = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section className="pt-5">
    <h2 className="pb-1.5 text-14 font-semibold">{title}</h2>
    {children}
  </section>
)
