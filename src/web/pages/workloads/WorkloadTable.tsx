import { Fragment } from 'react'
import type { NamespacePosture, WorkloadRow } from '../../../model/posture.ts'
import { count } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import { Enforcement } from '../../parts/Enforcement.tsx'
import { KindIcon } from '../../parts/KindIcon.tsx'
import { Level } from '../../parts/Level.tsx'
import { SeverityTally } from '../../parts/Severity.tsx'
import { couldBeStricter } from '../now/claim.ts'
import { workloadKey } from './workload-key.ts'

interface Props {
  readonly rows: readonly WorkloadRow[]
  readonly namespaces: readonly NamespacePosture[]
  /** Key of the workload whose detail is open. */
  readonly opened: string | undefined
  readonly onOpen: (key: string) => void
}

/** Workloads under their namespaces. */
export const WorkloadTable = ({ rows, namespaces, opened, onOpen }: Props) => {
  const { columns } = messages.workloads
  return (
    <table className="grid-lines w-full">
      <thead className="sticky top-0 z-10 bg-bg">
        <tr>
          <th scope="col">{columns.workload}</th>
          <th scope="col" className="w-24 @2xl:w-28">
            {columns.level}
          </th>
          <th scope="col" className="hidden w-64 @2xl:table-cell">
            {columns.findings}
          </th>
          <th scope="col" className="num w-16">
            {columns.pods}
          </th>
        </tr>
      </thead>
      <tbody>
        {byNamespace(rows).map(([name, own]) => (
          <Fragment key={name}>
            <NamespaceRow name={name} namespace={namespaces.find((each) => each.name === name)} />
            {own.map((row) => {
              const key = workloadKey(row.workload)
              return (
                <tr key={key} className={key === opened ? 'bg-selected' : ''}>
                  <td className="max-w-0">
                    <button
                      type="button"
                      data-row
                      aria-expanded={key === opened}
                      className="flex w-full min-w-0 items-center gap-2 pl-4 text-left"
                      onClick={() => onOpen(key)}
                    >
                      <KindIcon kind={row.workload.kind} />
                      <span className="truncate font-mono text-12" title={row.workload.name}>
                        {row.workload.name}
                      </span>
                      <span className="shrink-0 text-12 text-faint">{row.workload.kind}</span>
                    </button>
                  </td>
                  <td>
                    <Level level={row.level} />
                  </td>
                  <td className="hidden @2xl:table-cell">
                    <SeverityTally counts={row.findings} />
                  </td>
                  <td className="num">{count(row.pods)}</td>
                </tr>
              )
            })}
          </Fragment>
        ))}
      </tbody>
    </table>
  )
}

const byNamespace = (rows: readonly WorkloadRow[]): readonly (readonly [string, readonly WorkloadRow[]])[] => {
  const groups = new Map<string, WorkloadRow[]>()
  for (const row of rows) {
    const group = groups.get(row.workload.namespace)
    if (group) group.push(row)
    else groups.set(row.workload.namespace, [row])
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}

const NamespaceRow = ({
  name,
  namespace,
}: {
  readonly name: string
  readonly namespace: NamespacePosture | undefined
}) => (
  <tr className="h-9 hover:bg-transparent!">
    <th colSpan={4} scope="rowgroup" className="max-w-0 overflow-hidden pt-3! align-bottom">
      <span className="flex items-center gap-3 pb-1">
        <span className="min-w-0 truncate font-mono text-13 font-semibold text-text" title={name}>
          {name}
        </span>
        {namespace && (
          <>
            <span className="inline-flex items-center gap-1.5">
              {messages.workloads.enforcesWord} <Level level={namespace.enforce} quiet={namespace.unlabelled} />
            </span>
            <Enforcement namespace={namespace} />
            {couldBeStricter(namespace) && (
              <span className="inline-flex items-center gap-1.5 text-text">
                {messages.workloads.couldWord} <Level level={namespace.possible} />
              </span>
            )}
          </>
        )}
      </span>
    </th>
  </tr>
)
