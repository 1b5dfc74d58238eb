/**
 * Detection for the page: the rules that ship, in each state that a page must be able to show, with suppressions, coverage,
 * back-tests that go on while they are watched, and outputs. What is switched, saved or removed stays so while the fixture
 * runs. Texts are checked by the real reader of rules.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type {
  BacktestBody,
  BacktestStatus,
  CoverageAnswer,
  OutputRow,
  RuleCheck,
  RuleCoverage,
  RuleDetail,
  RuleProblemRow,
  RuleRow,
  RuleSelftest,
  RulesAnswer,
  RuleTextBody,
  SaveRulesBody,
  SuppressionBody,
  SwitchBody,
} from '../../src/api/contract/detection.ts'
import { isRuleFile, loadRuleSet, type RuleEntry, type RuleFile } from '../../src/detect/rule-set.ts'
import { type RuleOrigin, techniquesOf } from '../../src/model/rule.ts'
import type { Suppression, SuppressionSpec } from '../../src/model/suppression.ts'
import { formatMicros, microsFromMillis } from '../../src/model/time.ts'
import { hostileTexts, type Scenario } from './fixture-data.ts'

/** An answer of the fixture: JSON, or a back-test to be streamed. */
export type Answered =
  | { readonly status: number; readonly json: unknown }
  | { readonly follow: (tell: (status: BacktestStatus) => void) => void }

export interface FixtureDetection {
  /** Undefined where the path is none of detection. */
  readonly answer: (
    method: string,
    path: readonly string[],
    body: unknown,
    search: URLSearchParams,
  ) => Answered | undefined
  /** Every change that was asked for: method, path and body. */
  readonly asked: { readonly method: string; readonly path: string; readonly body: unknown }[]
  /** While back-tests are held, none gets any further; a cancelled one ends all the same. */
  readonly hold: (held: boolean) => void
}

const rulesFolder = fileURLToPath(new URL('../../rules/', import.meta.url))

const filesOf = (origin: RuleOrigin, under: string): RuleFile[] =>
  readdirSync(join(rulesFolder, under), { recursive: true, encoding: 'utf8' })
    .filter(isRuleFile)
    .toSorted()
    .map((name) => ({
      name: `rules/${under}/${name}`,
      text: readFileSync(join(rulesFolder, under, name), 'utf8'),
      origin,
    }))

const own: RuleFile = {
  name: 'saved/night-shift.yml',
  origin: 'user',
  text: `title: Exec at night
id: 5b3e2f0a-9c1e-4f7e-a6b1-6d8f2a0c9b11
status: experimental
author: alice
description: Somebody ran a command in a pod of the shop.
logsource: { product: kubernetes, service: audit }
detection:
  exec:
    verb: create
    objectRef.subresource: exec
    objectRef.namespace: shop
  condition: exec
level: medium
`,
}

let shipped: readonly RuleFile[] | undefined
/** Read once: every fixture has the same rules to begin with. */
const shippedFiles = (): readonly RuleFile[] => {
  shipped ??= [...filesOf('bulwark', 'bulwark'), ...filesOf('falco', 'falco'), ...filesOf('sigmahq', 'sigmahq')]
  return shipped
}

const refused: readonly RuleProblemRow[] = [
  {
    file: '/etc/bulwark/rules/payments.yml',
    line: 14,
    column: 3,
    rule: 'Refund by hand',
    severity: 'error',
    what: 'condition names "selektion", which is no selection',
    mend: 'did you mean "selection"?',
  },
]

export const fixtureDetection = (scenario: Scenario): FixtureDetection => {
  const empty = scenario.kind === 'empty'
  const time = (agoMillis: number): string => formatMicros(microsFromMillis(scenario.nowMillis - agoMillis))
  const hostile = (text: string, index: number): string =>
    scenario.hostile ? (hostileTexts[index % hostileTexts.length] ?? text) : text
  const files = new Map((empty ? [] : [...shippedFiles(), own]).map((file) => [file.name, file]))
  const switched = new Map<string, boolean>()
  const asked: { method: string; path: string; body: unknown }[] = []
  const readEntries = (): readonly RuleEntry[] => {
    const read = loadRuleSet([...files.values()]).entries
    return Array.from({ length: scenario.times }, (_, copy) =>
      copy === 0
        ? read
        : read.map((entry) => ({
            ...entry,
            head: { ...entry.head, id: `${entry.head.id}-${copy}`, title: `${entry.head.title} (${copy})` },
          })),
    ).flat()
  }
  let entries = readEntries()
  let suppressions: readonly Suppression[] = empty
    ? []
    : Array.from({ length: scenario.times }, (_, copy) =>
        suppressionsOf(entries, time, hostile).map((each) =>
          copy === 0 ? each : { ...each, id: `${each.id}-${copy}`, name: `${each.name}-${copy}` },
        ),
      ).flat()
  const backtests = new Map<string, { status: BacktestStatus; readonly body: BacktestBody; cancelled: boolean }>()

  const rowOf = (entry: RuleEntry, index: number): RuleRow => {
    const { head } = entry
    const enabled = switched.get(head.id) ?? (head.origin === 'bulwark' || head.origin === 'user')
    const fired = enabled && entry.idle === '' && index % 7 === 0 ? (index * 37) % 1900 : 0
    return {
      rule: {
        ...head,
        title: hostile(head.title, index),
        description: hostile(head.description, index + 1),
        author: hostile(head.author, index + 2),
        references: scenario.hostile ? [...hostileTexts] : head.references,
      },
      enabled,
      fired,
      lastFired: fired > 0 ? time(((index * 97) % 5000) * 60_000) : undefined,
      suppressed: index % 21 === 0 ? 12 : 0,
      coverage: coverageOf(entry, enabled, fired, index, scenario, time),
      problems: index % 17 === 3 ? ['it fires for 40 % of all events: it says nothing'] : [],
      lastBacktest:
        index % 11 === 0 && enabled
          ? { time: time(26 * 3_600_000), from: time(33 * 86_400_000), to: time(26 * 3_600_000), fired: fired + 3 }
          : undefined,
      selftest: selftestOf(entry, index, scenario, time, hostile),
    }
  }
  const rules = (): RulesAnswer => ({
    items: entries.map(rowOf),
    refused: empty
      ? []
      : Array.from({ length: scenario.times }, (_, copy) =>
          refused.map((each) => ({ ...each, line: each.line + copy })),
        ).flat(),
    loadedAt: time(12 * 60_000),
  })
  const detailOf = (id: string): RuleDetail | undefined => {
    const index = entries.findIndex(({ head }) => head.id === id)
    const entry = entries[index]
    if (!entry) return undefined
    const row = rowOf(entry, index)
    const firedByHour = Array.from({ length: 168 }, (_, hour) =>
      row.fired > 0 && (hour * 7 + index) % 5 < 2 ? Math.round(Math.abs(Math.sin(hour / 9)) * 30) : 0,
    )
    return { ...row, text: entry.text, fields: entry.fields, firedByHour }
  }
  const check = (text: string): RuleCheck => {
    const { heads, problems } = loadRuleSet([{ name: 'editor.yml', text, origin: 'user' }])
    return { rules: heads, problems }
  }
  const coverage = (): CoverageAnswer => ({
    at: time(0),
    sources: empty ? [] : sourcesOf(scenario),
    rows: entries.flatMap((entry, index) => {
      if (!entry.alerts) return []
      const { rule, coverage: best, selftest } = rowOf(entry, index)
      const isOfSensor = /system calls/.test(entry.idle)
      return [
        {
          rule: rule.id,
          title: rule.title,
          severity: rule.severity,
          origin: rule.origin,
          selftest,
          techniques: techniquesOf(rule.tags),
          cells: isOfSensor ? { runtime: noSensor } : { 'audit-webhook': best },
        },
      ]
    }),
  })

  const begin = (body: BacktestBody): BacktestStatus => {
    const id = `b${backtests.size + 1}`
    const status: BacktestStatus = {
      id,
      state: 'running',
      error: undefined,
      from: body.from ?? time(7 * 86_400_000),
      to: body.to ?? time(0),
      scanned: 0,
      read: [{ kind: 'audit', records: 120_000 }],
      toScan: 120_000,
      before: 0,
      after: 0,
      byDay: [],
      byPrincipal: [],
      samples: [],
      gaps: [],
      unexercised: [],
    }
    backtests.set(id, { status, body, cancelled: false })
    return status
  }
  let isHeld = false
  /** One step further: a quarter of the record. */
  const goOn = (id: string): BacktestStatus | undefined => {
    const run = backtests.get(id)
    if (run === undefined || run.status.state !== 'running') return run?.status
    if (isHeld && !run.cancelled) return run.status
    run.status = run.cancelled
      ? { ...run.status, state: 'cancelled' }
      : advanced(run.status, run.body, time, hostile, empty)
    return run.status
  }

  const outputs: readonly OutputRow[] = empty ? [] : outputsOf(hostile)
  const ok = (json: unknown): Answered => ({ status: 200, json })
  const fault = (status: number, code: string, what: string): Answered => ({
    status,
    json: { error: { code, what, mend: 'This is the fixture.' } },
  })

  return {
    asked,
    hold: (held) => {
      isHeld = held
    },
    answer: (method, [resource = '', second = '', third = ''], body, search) => {
      if (method !== 'GET') asked.push({ method, path: [resource, second, third].filter(Boolean).join('/'), body })
      switch (resource) {
        case 'rules': {
          if (second === '') return ok(rules())
          // The page sends what the contract's types say: the compiler holds it to them.
          if (second === 'check') return ok(check((body as RuleTextBody).text))
          if (third === 'switch') switched.set(second, (body as SwitchBody).enabled)
          const detail = detailOf(second)
          return detail ? ok(detail) : fault(404, 'NOT_FOUND', 'there is no such rule')
        }
        case 'saved-rules': {
          const name = `saved/${second}.yml`
          const now = files.get(name)
          // The fixture's version of a text is its length.
          const version = now === undefined ? '' : String(now.text.length)
          if (method === 'GET')
            return now
              ? ok({ name: second, text: now.text, version, by: 'bob', at: time(0) })
              : fault(404, 'NOT_FOUND', 'nothing is saved under this name')
          if (method === 'DELETE') files.delete(name)
          else {
            const { text, version: begun } = body as SaveRulesBody
            if (begun !== undefined && begun !== version)
              return fault(409, 'RULES_CONFLICT', `"${second}" was changed meanwhile by bob`)
            const [first] = check(text).problems.filter(({ severity }) => severity === 'error')
            if (first) return fault(400, 'RULES_INVALID', first.what)
            files.set(name, { name, text, origin: 'user' })
          }
          entries = readEntries()
          return ok(rules())
        }
        case 'coverage':
          return ok(coverage())
        case 'suppressions': {
          if (method === 'DELETE') {
            suppressions = suppressions.filter(({ id }) => id !== second)
          } else if (method === 'POST') {
            const { backtest, ...spec } = body as SuppressionBody
            const run = backtests.get(backtest)
            if (
              run?.status.state !== 'done' ||
              run.body.kind !== 'suppression' ||
              run.body.suppression.query !== spec.query
            )
              return fault(400, 'SUPPRESSION_INVALID', 'it was not tried on the record as it is written')
            const made: Suppression = {
              ...spec,
              id: `page-${spec.name}`,
              origin: 'page',
              where: '',
              state: 'unused',
              why: '',
              created: time(0),
              uses: 0,
              lastUsed: undefined,
            }
            suppressions = [...suppressions.filter(({ id }) => id !== made.id), made]
          }
          return ok({ items: suppressions })
        }
        case 'cases': {
          if (third !== 'suppression') return undefined
          const spec: SuppressionSpec = {
            name: `case-${second}`,
            rules: entries
              .filter(({ alerts }) => alerts)
              .slice(0, 1)
              .map(({ head }) => head.id),
            query: 'user:system:serviceaccount:shop:ci-deployer ns:shop',
            owner: '',
            reason: '',
            expires: time(-30 * 86_400_000),
          }
          return ok(spec)
        }
        case 'backtests': {
          if (second === '') return ok(begin(body as BacktestBody))
          const run = backtests.get(second)
          if (!run) return fault(404, 'NOT_FOUND', 'there is no such back-test')
          if (third === 'cancel') run.cancelled = true
          if (third !== 'stream') return ok(run.status)
          return {
            follow: (tell) => {
              const step = (): void => {
                const status = goOn(second)
                if (!status) return
                tell(status)
                if (status.state === 'running') setTimeout(step, 150)
              }
              step()
            },
          }
        }
        case 'outputs': {
          if (third !== 'test') return ok({ items: outputs })
          const dryRun = search.get('dryRun') === 'true'
          return ok({
            sent: !dryRun && second !== 'pager',
            payload: `${JSON.stringify({ text: 'A test of Bulwark', channel: second }, null, 2)}\n`,
            answer: dryRun ? '' : second === 'pager' ? '403 invalid routing key' : '200 ok',
          })
        }
        default:
          return undefined
      }
    },
  }
}

const noSensor: RuleCoverage = {
  kind: 'cannot',
  why: 'no runtime sensor is connected',
  mend: 'Connect Falco or Tetragon: docs/connect.md',
}

const sourcesOf = ({ kind }: Scenario): CoverageAnswer['sources'] => [
  { id: 'audit-webhook', title: 'audit-webhook', state: kind === 'silent' ? 'silent' : 'connected' },
  { id: 'runtime', title: 'Runtime sensor', state: 'absent' },
]

const coverageOf = (
  entry: RuleEntry,
  enabled: boolean,
  fired: number,
  index: number,
  { kind }: Scenario,
  time: (ago: number) => string,
): RuleCoverage => {
  if (/system calls/.test(entry.idle)) return noSensor
  if (!enabled) return { kind: 'off', why: 'it is switched off' }
  if (kind === 'silent') return { kind: 'cannot', why: 'the source is silent for 6 min', mend: 'See the page Sources' }
  if (fired > 0) return { kind: 'fires', lastFired: time(((index * 97) % 5000) * 60_000) }
  if (entry.head.language === 'baseline')
    return { kind: 'learning', why: 'none of 14 groups has been seen for as long as it learns' }
  if (index % 5 === 2)
    return {
      kind: 'cannot',
      why: 'the audit policy leaves the body of "create pods" out',
      mend: '- level: Request\n  verbs: [create, update, patch]\n  resources: [{group: "", resources: [pods]}]',
    }
  return { kind: 'could-fire' }
}

/** Only rules of ours are tried. A cluster that is silent was never tried at all. */
const selftestOf = (
  { head }: RuleEntry,
  index: number,
  { kind }: Scenario,
  time: (ago: number) => string,
  hostile: (text: string, index: number) => string,
): RuleSelftest | undefined => {
  if (kind === 'silent' || head.origin !== 'bulwark' || index % 17 === 8) return undefined
  const told = { at: time(3 * 86_400_000), by: hostile('alice', index), isOutdated: index % 19 === 4 }
  if (index % 29 === 5)
    return {
      ...told,
      kind: 'failed',
      why: hostile('its requests are in the record as it needs them, and it did not fire', index),
      act: 'privileged-pod',
    }
  if (index % 11 === 3)
    return {
      ...told,
      kind: 'cannot',
      why: 'its requests are in the record without their bodies: the audit policy leaves them out. See npx bulwark audit-policy explain FILE --verb create --resource pods --namespace bulwark-selftest-3f2a1b',
      act: 'host-network-pod',
    }
  if (head.language === 'baseline')
    return {
      ...told,
      kind: 'replayed',
      why: 'learning: none of 14 groups has been seen for as long as it learns',
      act: '',
    }
  const why = index % 9 === 2 ? 'on something made up' : ''
  return { ...told, kind: 'fired', seconds: 0.3 + (index % 40) / 10, why, act: 'list-secrets' }
}

const principals = ['system:serviceaccount:shop:ci-deployer', 'alice@shop.example', 'system:anonymous', '']

const advanced = (
  status: BacktestStatus,
  body: BacktestBody,
  time: (ago: number) => string,
  hostile: (text: string, index: number) => string,
  empty: boolean,
): BacktestStatus => {
  const scanned = Math.min(status.toScan, status.scanned + 30_000)
  const part = scanned / status.toScan
  const all = empty ? 0 : Math.round(260 * part)
  const compares = body.kind === 'suppression' || body.replaces !== undefined
  const before = compares ? all : 0
  const after = body.kind === 'suppression' ? Math.round(all * 0.3) : Math.round(all * 0.8)
  return {
    ...status,
    scanned,
    state: scanned === status.toScan ? 'done' : 'running',
    before,
    after,
    byDay: Array.from({ length: empty ? 0 : 7 }, (_, back) => ({
      day: time((6 - back) * 86_400_000).slice(0, 10),
      before: compares ? Math.round((all / 28) * (back + 1)) : 0,
      after: Math.round((after / 28) * (back + 1)),
    })),
    byPrincipal: empty
      ? []
      : principals.map((principal, index) => ({
          principal: hostile(principal, index),
          before: compares ? Math.round(before / (index + 2)) : 0,
          after: Math.round(after / (index + 2)),
        })),
    samples: empty
      ? []
      : Array.from({ length: 12 }, (_, index) => ({
          change:
            body.kind === 'suppression'
              ? index < 8
                ? 'gone'
                : 'kept'
              : index < 3
                ? 'new'
                : index < 6
                  ? 'gone'
                  : 'kept',
          event: `e${index * 40}`,
          time: time(index * 11 * 60_000),
          message: hostile('system:serviceaccount:shop:ci-deployer created pods/exec shop/web-7 from 10.0.0.12', index),
        })),
    gaps:
      scanned === status.toScan && !empty
        ? [
            {
              id: 'gap-1',
              source: 'cluster',
              from: time(11 * 60_000),
              to: time(10 * 60_000),
              reason: 'stream-broken',
              what: 'watch was cut',
              estimate: undefined,
            },
          ]
        : [],
    unexercised:
      scanned === status.toScan && body.kind === 'rule' ? ['no event has objectRef.subresource "attach"'] : [],
  }
}

const suppressionsOf = (
  entries: readonly RuleEntry[],
  time: (ago: number) => string,
  hostile: (text: string, index: number) => string,
): readonly Suppression[] => {
  const ids = entries.filter(({ alerts }) => alerts).map(({ head }) => head.id)
  const one = (
    index: number,
    name: string,
    state: Suppression['state'],
    more: Partial<Suppression> = {},
  ): Suppression => ({
    id: `page-${name}`,
    name: hostile(name, index),
    rules: ids.slice(index * 2, index * 2 + 2),
    query: 'user:system:serviceaccount:data:backup ns:data',
    owner: hostile('platform team', index + 1),
    reason: hostile('The nightly backup reads every Secret of its namespace; agreed on 12 November.', index + 2),
    expires: time(-(20 - index * 2) * 86_400_000),
    origin: 'page',
    where: '',
    state,
    why: '',
    created: time(9 * 86_400_000),
    uses: 0,
    lastUsed: undefined,
    ...more,
  })
  return [
    one(0, 'backup-reads-secrets', 'active', { uses: 1204, lastUsed: time(7 * 60_000) }),
    one(1, 'ci-deploys', 'active', {
      uses: 88,
      lastUsed: time(3 * 3_600_000),
      origin: 'file',
      where: '/etc/bulwark/suppressions.yml:12',
    }),
    one(2, 'argocd-syncs', 'unused', { origin: 'cluster', where: 'security/argocd-syncs' }),
    one(3, 'pen-test', 'expired', { uses: 311, lastUsed: time(6 * 86_400_000), expires: time(5 * 86_400_000) }),
    one(4, 'everything-in-dev', 'too-broad', {
      rules: [],
      query: 'ns:shop',
      uses: 40_210,
      lastUsed: time(20_000),
      why: 'it hides 94 % of all detections of the last day',
    }),
    one(5, 'old-agent', 'never-matching', { query: 'user:alice user:bob', why: 'no event can have two users' }),
    one(6, 'typo', 'invalid', {
      origin: 'file',
      where: '/etc/bulwark/suppressions.yml:31',
      query: 'usr:alice',
      why: '"usr" is no field: did you mean "user"?',
    }),
  ]
}

const outputsOf = (hostile: (text: string, index: number) => string): readonly OutputRow[] => [
  row('security-channel', 'slack', 'hooks.slack.com', 'ok', hostile('Sent a case 4 min ago.', 0), { sent: 42 }),
  row(
    'pager',
    'pagerduty',
    'events.pagerduty.com',
    'failing',
    hostile('403: invalid routing key. Tried again in 2 min.', 1),
    {
      sent: 3,
      failed: 9,
      waiting: 4,
      dead: 1,
    },
  ),
  row(
    'archive',
    'webhook',
    'hooks.shop.example',
    'digest',
    hostile('20 in this hour: the rest comes as one message at 15:00.', 2),
    {
      sent: 20,
      waiting: 6,
    },
  ),
  row('mail', 'email', 'soc@shop.example', 'never-used', '', { budgetPerHour: 0 }),
]

const row = (
  id: string,
  type: string,
  to: string,
  state: OutputRow['state'],
  message: string,
  more: Partial<OutputRow>,
): OutputRow => ({ id, type, to, state, message, sent: 0, failed: 0, waiting: 0, dead: 0, budgetPerHour: 20, ...more })
