import { Link } from '@tanstack/react-router'
import type { OverviewAnswer } from '../../../api/contract/answers.ts'
import { type NamespacePosture, podSecurityLevels } from '../../../model/posture.ts'
import { count } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import { Empty } from '../../parts/Empty.tsx'
import { Enforcement } from '../../parts/Enforcement.tsx'
import { Level } from '../../parts/Level.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { Section } from '../../parts/Section.tsx'
import { SeverityTally } from '../../parts/Severity.tsx'
import { couldBeStricter } from './claim.ts'

/** One row a namespace: what it enforces, what it could, what is open in it. */
export const NamespaceTable = ({ overview }: { readonly overview: OverviewAnswer }) => {
  const { columns } = messages.now
  const { counts } = overview
  return (
    <Section
      title={messages.now.namespaces}
      aside={messages.now.namespacesClaim(counts.namespaces, counts.workloads, counts.pods)}
    >
      {overview.namespaces.length === 0 ? (
        <Empty kind={overview.sources.length === 0 ? 'unseen' : 'nothing'}>{messages.now.noNamespaces}</Empty>
      ) : (
        <div className="relative overflow-x-auto">
          <table className="grid-lines w-full">
            <thead>
              <tr>
                <th scope="col">{columns.namespace}</th>
                <th scope="col">{columns.enforces}</th>
                <th scope="col">{columns.could}</th>
                <th scope="col">{columns.findings}</th>
                <th scope="col" className="num">
                  {columns.workloads}
                </th>
                <th scope="col" className="num">
                  {columns.pods}
                </th>
                <th scope="col" className="num">
                  {columns.lastChange}
                </th>
              </tr>
            </thead>
            <tbody>
              {sorted(overview.namespaces).map((namespace) => (
                <Row key={namespace.name} namespace={namespace} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {overview.moreNamespaces && (
        <p className="pt-2 text-dim">
          {messages.now.moreNamespaces}{' '}
          <Link to="/workloads" className="link">
            {messages.now.allWorkloads}
          </Link>
        </p>
      )}
    </Section>
  )
}

/** Worst first: by critical, then high, and so on; by name where equal. */
const sorted = (namespaces: readonly NamespacePosture[]): readonly NamespacePosture[] =>
  [...namespaces].sort((a, b) => {
    for (const severity of ['critical', 'high', 'medium', 'low', 'info'] as const) {
      const difference = b.findings[severity] - a.findings[severity]
      if (difference !== 0) return difference
    }
    return a.name < b.name ? -1 : 1
  })

const Row = ({ namespace }: { readonly namespace: NamespacePosture }) => (
  <tr>
    <td className="max-w-72 truncate">
      <Link
        to="/workloads"
        search={{ ns: namespace.name }}
        data-row
        title={namespace.name}
        className="font-mono text-12 hover:underline"
      >
        {namespace.name}
      </Link>
    </td>
    <td>
      <span className="inline-flex items-center gap-2">
        <Level level={namespace.enforce} quiet={namespace.unlabelled} />
        <Enforcement namespace={namespace} />
      </span>
    </td>
    <td>
      <Possible namespace={namespace} />
    </td>
    <td>
      <SeverityTally counts={namespace.findings} />
    </td>
    <td className="num">{count(namespace.workloads)}</td>
    <td className="num">{count(namespace.pods)}</td>
    <td className="num text-dim">
      <Moment time={namespace.lastChange} />
    </td>
  </tr>
)

/** The strictest level that it could enforce; or what stands against the level it enforces, or against the next. */
const Possible = ({ namespace }: { readonly namespace: NamespacePosture }) => {
  if (couldBeStricter(namespace)) {
    return (
      <span className="font-medium">
        <Level level={namespace.possible} />
      </span>
    )
  }
  const blocked = namespace.blockers.length
  if (blocked === 0) return <span className="text-dim">{messages.now.same}</span>
  const refused = podSecurityLevels.indexOf(namespace.possible) < podSecurityLevels.indexOf(namespace.enforce)
  return (
    <Link
      to="/workloads"
      search={{ ns: namespace.name, level: namespace.possible }}
      title={messages.now.blockers(blocked)}
      className={`whitespace-nowrap underline decoration-line-strong underline-offset-2 hover:decoration-current ${refused ? 'text-high' : 'text-dim'}`}
    >
      {refused ? messages.now.refuses(blocked) : `${messages.now.same}, ${messages.now.blocked(blocked)}`}
    </Link>
  )
}
