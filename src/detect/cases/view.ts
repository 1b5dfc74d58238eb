import type { Case, CaseEntity, CaseRule } from '../../model/case.ts'
import { techniquesOf } from '../../model/rule.ts'
import { formatMicros } from '../../model/time.ts'
import { isLocalAddress } from './actor.ts'
import type { Cell } from './cell.ts'
import { rankOf } from './rank.ts'
import { severityOf } from './severity.ts'
import { anything, type Step } from './step.ts'
import { titleOf } from './title.ts'

const mostEntities = 50

/** A case as people see it: of its own cell and of all that is merged into it (`cells`, the own one first). */
export const caseOf = (cell: Cell, cells: readonly Cell[]): Case => {
  const steps = cells.flatMap((one) => [...one.steps.values()]).sort(inTime)
  const facts = {
    principals: new Map(cells.flatMap((one) => [...one.facts.principals])),
    targets: new Map(cells.flatMap((one) => [...one.facts.targets])),
  }
  const { severity, reasons } = severityOf(steps, facts)
  const { triage } = cell
  const merged = cell.parent !== ''
  return {
    id: cell.id,
    cluster: cell.cluster,
    title: titleOf(steps),
    severity,
    severityReasons: reasons,
    state: merged ? 'closed' : triage.state,
    owner: triage.owner,
    snoozedUntil: !merged && triage.state === 'snoozed' ? formatMicros(triage.snoozedUntil) : undefined,
    closingReason: merged ? 'duplicate' : triage.closingReason,
    note: triage.note,
    firstTime: formatMicros(least(steps.map(({ first }) => first))),
    lastTime: formatMicros(steps.reduce((latest, { last }) => Math.max(latest, last), 0)),
    changedAt: formatMicros(cells.reduce((latest, { changedAt }) => Math.max(latest, changedAt), 0)),
    detections: steps.reduce((sum, { count }) => sum + count, 0),
    rules: rulesOf(steps),
    techniques: [...new Set(steps.flatMap(({ tags }) => techniquesOf(tags)))].sort(),
    entities: entitiesOf(steps),
    namespaces: [...new Set(steps.map(({ target }) => target.namespace))]
      .filter((namespace) => namespace !== '' && namespace !== anything)
      .sort(),
    mergedInto: merged ? cell.parent : undefined,
    ...(cell.follows === '' ? {} : { follows: cell.follows }),
  }
}

/** The order in which steps are told. */
export const inTime = (a: Step, b: Step): number => a.first - b.first || (a.id < b.id ? -1 : 1)

const least = (times: readonly number[]): number => times.reduce((a, b) => Math.min(a, b), times[0] ?? 0)

/** The gravest first. */
const rulesOf = (steps: readonly Step[]): readonly CaseRule[] =>
  [...Map.groupBy(steps, ({ rule }) => rule)]
    .flatMap(([rule, of]) => {
      const [first] = of
      if (first === undefined) return []
      return {
        rule,
        title: first.title,
        severity: first.severity,
        detections: of.reduce((sum, { count }) => sum + count, 0),
        firstTime: formatMicros(least(of.map((step) => step.first))),
        lastTime: formatMicros(of.reduce((latest, { last }) => Math.max(latest, last), 0)),
      }
    })
    .sort((a, b) => rankOf(b.severity) - rankOf(a.severity) || (a.firstTime < b.firstTime ? -1 : 1))

/** By role, the most frequent first. An address counts the detections of the steps that began from it. */
const entitiesOf = (steps: readonly Step[]): readonly CaseEntity[] => {
  const found = new Map<string, CaseEntity>()
  const add = (entity: Omit<CaseEntity, 'count'>, count: number): void => {
    const key = [entity.role, entity.kind, entity.namespace, entity.name].join('\u0000')
    found.set(key, { ...entity, count: (found.get(key)?.count ?? 0) + count })
  }
  for (const { principal, target, sourceIp, place, lane, count } of steps) {
    if (principal !== '' && principal !== anything) add(actorEntity(principal), count)
    const { resource, namespace, name } = target
    if (resource !== '' && name !== '') add({ role: 'target', kind: resource, namespace, name }, count)
    if (!isLocalAddress(sourceIp) && sourceIp !== anything)
      add({ role: 'address', kind: 'ip', namespace: '', name: sourceIp }, count)
    // A request about a pod names it as its target.
    if (lane !== 'runtime') continue
    if (place.pod !== '') add({ role: 'place', kind: 'pods', namespace, name: place.pod }, count)
    if (place.node !== '') add({ role: 'place', kind: 'nodes', namespace: '', name: place.node }, count)
  }
  const roles = ['actor', 'target', 'address', 'place'] as const
  return roles.flatMap((role) =>
    [...found.values()]
      .filter((entity) => entity.role === role)
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
      .slice(0, mostEntities),
  )
}

const actorEntity = (principal: string): Omit<CaseEntity, 'count'> => {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(principal)
  const [, namespace = '', name = ''] = account ?? []
  return account === null
    ? { role: 'actor', kind: 'User', namespace: '', name: principal }
    : { role: 'actor', kind: 'ServiceAccount', namespace, name }
}
