/** Cases that live in memory and change as a person changes them, for the pages Cases and Case. */

import type { CaseChanged, CaseDetail, CasesAnswer, TriageBody } from '../../src/api/contract/detection.ts'
import type { Case, CaseStep } from '../../src/model/case.ts'
import { severities } from '../../src/model/finding.ts'
import { hostileTexts } from './fixture-data.ts'

const names = ['ci/deployer', 'alice@shop.example', 'system:anonymous', 'payments/api', 'bob@shop.example']
const deeds = [
  'listed every Secret of the cluster',
  'ran commands in 3 pods; 155 Secret reads were refused before',
  'made itself cluster-admin by ClusterRoleBinding system-metrics-aggregator',
  'made a privileged pod with the root of its node',
  'deleted all events in 3 namespaces',
]

export interface FixtureCases {
  /** Answers a request below /api/v1; undefined: no such thing. */
  answer(path: readonly string[], search: URLSearchParams, body: unknown): object | undefined
  readonly all: () => readonly Case[]
}

/** `steps` is how many each case has, of which a thousand are shown. */
export const fixtureCases = (count: number, steps: number, nowMillis: number, hostile: boolean): FixtureCases => {
  let cases = Array.from({ length: count }, (_, n) => caseOf(n, nowMillis, hostile))
  const undos = new Map<string, readonly Case[]>()
  const history = new Map<string, CaseDetail['history']>()

  const change = (ids: readonly string[], text: string, by: string, edit: (one: Case) => Case): CaseChanged => {
    const undo = `u${undos.size + 1}`
    undos.set(undo, cases)
    const changedAt = new Date(nowMillis + undos.size * 1000).toISOString()
    cases = cases.map((one) => (ids.includes(one.id) ? { ...edit(one), changedAt } : one))
    for (const id of ids)
      history.set(id, [...(history.get(id) ?? []), { id: undo, time: changedAt, by, text, undoable: true }])
    return { cases: cases.filter(({ id }) => ids.includes(id)), undo }
  }

  const triage = (id: string, body: TriageBody): CaseChanged =>
    change([id], `${body.state ?? 'changed'} ${body.closingReason ?? ''}`.trim(), body.by ?? '', (one) => ({
      ...one,
      state: body.state ?? one.state,
      owner: body.owner ?? one.owner,
      note: body.note ?? one.note,
      closingReason: body.state === 'closed' ? body.closingReason : undefined,
      snoozedUntil: body.state === 'snoozed' ? body.snoozedUntil : undefined,
    }))

  return {
    all: () => cases,
    answer: ([resource, id, verb], search, body) => {
      const given = Object(body)
      if (resource === 'case-changes') {
        cases = [...(undos.get(id ?? '') ?? cases)]
        return { cases: [], undo: '' } satisfies CaseChanged
      }
      if (id === undefined || id === '') return list(cases, search)
      const one = cases.find((each) => each.id === id)
      if (one === undefined) return undefined
      if (verb === 'triage') return triage(id, given)
      if (verb === 'merge') {
        const others: readonly string[] = given.others
        return change(others, 'merged', given.by, (each) => ({ ...each, mergedInto: id }))
      }
      if (verb === 'split') return change([id], 'split', given.by, (each) => each)
      return detailOf(one, Math.min(1000, steps), steps > 1000, history.get(id) ?? [])
    },
  }
}

const list = (cases: readonly Case[], search: URLSearchParams): CasesAnswer => {
  const shown = cases.filter(({ mergedInto }) => mergedInto === undefined)
  const states = search.get('state')?.split(',')
  const least = severities.map(String).indexOf(search.get('severity') ?? '')
  const name = search.get('name')?.toLowerCase()
  const items = shown
    .filter(
      ({ state, severity, title }) =>
        (states === undefined || states.includes(state)) &&
        severities.indexOf(severity) >= least &&
        (name === undefined || title.toLowerCase().includes(name)),
    )
    .toSorted((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity))
  const [begin, limit] = [Number(search.get('cursor') ?? 0), Number(search.get('limit') ?? 100)]
  const countOf = (state: Case['state']): number => shown.filter((one) => one.state === state).length
  return {
    items: items.slice(begin, begin + limit),
    total: items.length,
    nextCursor: begin + limit < items.length ? String(begin + limit) : undefined,
    counts: {
      open: countOf('open'),
      acknowledged: countOf('acknowledged'),
      snoozed: countOf('snoozed'),
      closed: countOf('closed'),
    },
    honesty: { rulesRunning: 128, lagMillis: 4, upTo: undefined, silentSources: [], suppressed: 3, notes: [] },
  }
}

const caseOf = (n: number, nowMillis: number, hostile: boolean): Case => {
  const actor = names[n % names.length] ?? ''
  const deed = deeds[n % deeds.length] ?? ''
  const time = (minutes: number): string => new Date(nowMillis - minutes * 60_000).toISOString()
  const severity = severities[4 - (n % 3)] ?? 'medium'
  const evil = hostile ? ` ${hostileTexts[n % hostileTexts.length]}` : ''
  return {
    id: `c${String(n).padStart(4, '0')}`,
    cluster: 'shop',
    title: `${actor}${evil}, from 198.51.100.${n % 250}, ${deed}`,
    severity,
    severityReasons: [
      { text: `the gravest step, “Secrets listed”, is ${severity}`, steps: 0 },
      { text: `${actor} may do anything in the cluster`, steps: 1 },
    ],
    state: 'open',
    owner: '',
    snoozedUntil: undefined,
    closingReason: undefined,
    note: '',
    firstTime: time(30 + n),
    lastTime: time(2 + n),
    changedAt: time(1 + n),
    detections: 7 * (n + 1),
    rules: [{ rule: 'r1', title: 'Secrets listed', severity, detections: 7, firstTime: time(30), lastTime: time(2) }],
    techniques: ['T1552.007', 'MS-TA9025'],
    entities: [
      { role: 'actor', kind: 'User', namespace: '', name: actor + evil, count: 12 },
      { role: 'address', kind: 'IP', namespace: '', name: `198.51.100.${n % 250}`, count: 12 },
      { role: 'target', kind: 'secrets', namespace: 'payments', name: 'stripe', count: 3 },
    ],
    namespaces: ['payments', 'shop'],
    mergedInto: undefined,
  }
}

const detailOf = (one: Case, count: number, more: boolean, history: CaseDetail['history']): CaseDetail => {
  const [from, to] = [Date.parse(one.firstTime), Date.parse(one.lastTime)]
  const lanes: readonly CaseStep['lane'][] = ['requests', 'requests', 'runtime', 'objects']
  const steps = Array.from({ length: count }, (_, n): CaseStep => {
    const at = (part: number): string => new Date(from + (to - from) * part).toISOString()
    return {
      id: `${one.id}-s${n}`,
      rule: 'r1',
      title:
        ['Secrets listed', 'A command in a container reads its token', 'Refused pod that asked for the machine'][
          n % 3
        ] ?? '',
      severity: severities[(n % 4) + 1] ?? 'low',
      lane: lanes[n % lanes.length] ?? 'requests',
      firstTime: at(n / (count + 2)),
      lastTime: at((n + (n % 5)) / (count + 4)),
      count: 1 + ((n * 7) % 31),
      principal: `system:serviceaccount:${one.entities[0]?.name ?? ''}`,
      sourceIp: '198.51.100.23',
      target: { group: '', resource: 'secrets', subresource: '', namespace: 'payments', name: 'stripe' },
      refused: n % 3 === 2,
      message: 'Secrets listed: ci/deployer listed secrets in payments from 198.51.100.23, answered 200',
      evidence: [`e${600 + n}`],
    }
  })
  return {
    case: one,
    steps,
    moreSteps: more,
    advice: [{ rule: 'r1', title: 'Secrets listed', text: 'Rotate the Secrets that were read, and end the token.' }],
    history,
    gaps: [],
  }
}
