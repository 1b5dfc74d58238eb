/** Detection that lives in memory, for tests of the API: what is asked of it is kept in `calls`. */
import type { Case } from '../model/case.ts'
import { BulwarkError } from '../model/error.ts'
import type { RuleHead } from '../model/rule.ts'
import type { SuppressionSpec } from '../model/suppression.ts'
import type {
  BacktestStatus,
  CasesChanged,
  CoverageAnswer,
  RuleRow,
  RuleSelftest,
  SelftestStatus,
} from './contract/detection.ts'
import type { DetectionServices } from './detection-services.ts'

const time = '2026-01-02T11:00:00.000000Z'

export const sampleCase = (id: string, more: Partial<Case> = {}): Case => ({
  id,
  cluster: 'shop',
  title: `alice read every Secret (${id})`,
  severity: 'high',
  severityReasons: [{ text: 'Its gravest step is high', steps: 0 }],
  state: 'open',
  owner: '',
  snoozedUntil: undefined,
  closingReason: undefined,
  note: '',
  firstTime: time,
  lastTime: time,
  changedAt: time,
  detections: 1,
  rules: [{ rule: 'r1', title: 'Secrets listed', severity: 'high', detections: 1, firstTime: time, lastTime: time }],
  techniques: ['T1552.007'],
  entities: [{ role: 'actor', kind: 'User', namespace: '', name: 'alice', count: 1 }],
  namespaces: ['payments'],
  mergedInto: undefined,
  ...more,
})

const selftest: RuleSelftest = {
  kind: 'fired',
  seconds: 0.6,
  why: '',
  act: 'list-secrets',
  at: time,
  by: 'alice',
  isOutdated: false,
}

const coverage: CoverageAnswer = {
  at: time,
  sources: [
    { id: 'audit-webhook', title: 'Audit log (webhook)', state: 'connected' },
    { id: 'runtime', title: 'Runtime sensor', state: 'absent' },
  ],
  rows: [
    {
      rule: 'r1',
      title: 'Secrets listed',
      severity: 'high',
      origin: 'bulwark',
      techniques: ['T1552.007', 'MS-TA9025'],
      selftest,
      cells: { 'audit-webhook': { kind: 'fires', lastFired: time } },
    },
    {
      rule: 'r2',
      title: '=cmd|"x"',
      severity: 'low',
      origin: 'user',
      techniques: [],
      selftest: undefined,
      cells: { runtime: { kind: 'cannot', why: 'no runtime sensor, none at all', mend: 'connect one' } },
    },
  ],
}

const run: SelftestStatus = {
  id: 's1',
  marker: '00',
  state: 'running',
  began: time,
  until: time,
  fired: [{ rule: 'r1', act: 'list-secrets', detections: 1, suppression: '', case: 'c1' }],
  cases: [{ id: 'c1', title: 'alice read every Secret', isShared: false, state: 'open' }],
}

export const sampleRule: RuleHead = {
  id: 'r1',
  title: 'Secrets listed',
  language: 'sigma',
  origin: 'bulwark',
  severity: 'high',
  description: 'Somebody listed Secrets.',
  author: 'Bulwark',
  license: 'Apache-2.0',
  references: [],
  tags: ['attack.t1552.007'],
  falsePositives: [],
  guide: { why: 'w', normal: 'n', respond: 'r' },
  file: 'rules/bulwark/secrets-listed.yml',
  line: 1,
}

const sampleSuppression: SuppressionSpec = {
  name: 'backup',
  rules: ['r1'],
  query: 'user:backup',
  owner: 'alice',
  reason: 'it reads everything',
  expires: '2026-02-01T00:00:00Z',
}

const backtest: BacktestStatus = {
  id: 'b1',
  state: 'done',
  error: undefined,
  from: time,
  to: time,
  scanned: 10,
  read: [{ kind: 'audit', records: 10 }],
  toScan: 10,
  before: 3,
  after: 1,
  byDay: [{ day: '2026-01-02', before: 3, after: 1 }],
  byPrincipal: [{ principal: 'alice', before: 3, after: 1 }],
  samples: [{ change: 'gone', event: 'e1', time, message: 'alice listed secrets' }],
  gaps: [],
  unexercised: [],
}

export const fixtureDetection = (list: readonly Case[] = [sampleCase('c1')]) => {
  const calls: unknown[][] = []
  const listeners = new Set<(changed: CasesChanged) => void>()
  const told = <Answer>(answer: Answer, ...call: unknown[]): Promise<Answer> => {
    calls.push(call)
    return Promise.resolve(answer)
  }
  const found = (id: string): Case => {
    const one = list.find((each) => each.id === id)
    if (one === undefined) throw new BulwarkError('NOT_FOUND', { what: `there is no case "${id}"` })
    return one
  }
  const changed = async (id: string, ...call: unknown[]) => told({ cases: [found(id)], undo: 'u1' }, ...call, id)
  const row: RuleRow = {
    rule: sampleRule,
    enabled: true,
    fired: 2,
    lastFired: time,
    suppressed: 0,
    coverage: { kind: 'fires', lastFired: time },
    problems: [],
    lastBacktest: undefined,
    selftest,
  }
  const rules = { items: [row], refused: [], loadedAt: time }
  const detail = { ...row, text: 'title: x', firedByHour: [0, 2], fields: ['verb'] }
  const suppressions = {
    items: [
      {
        ...sampleSuppression,
        id: 's1',
        origin: 'page',
        where: '',
        state: 'active',
        why: '',
        created: time,
        uses: 4,
        lastUsed: time,
      } as const,
    ],
  }
  const honesty = { rulesRunning: 1, lagMillis: 3, upTo: time, silentSources: [], suppressed: 0, notes: [] }
  const services: DetectionServices = {
    cases: {
      list: (filter, page) => {
        const counts = { open: list.length, acknowledged: 0, snoozed: 0, closed: 0 }
        return told({ items: list, total: list.length, nextCursor: undefined, counts, honesty }, 'list', filter, page)
      },
      detail: async (id) => ({ case: found(id), steps: [], moreSteps: false, advice: [], history: [], gaps: [] }),
      suppressionFor: (id) => told(sampleSuppression, 'suppressionFor', id),
      triage: (id, change) => changed(id, 'triage', change),
      merge: (into, others, by) => changed(into, 'merge', others, by),
      split: (id, steps, by) => changed(id, 'split', steps, by),
      undo: (change, by) => told({ cases: list, undo: 'u2' }, 'undo', change, by),
      subscribe: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      position: () => 'p1',
      since: (position) => (position === 'p0' ? { ids: ['c1'], news: [] } : undefined),
    },
    rules: {
      list: () => told(rules, 'rules'),
      detail: (id) => told(detail, 'rule', id),
      replay: (id) => told({ rule: id, tests: ['all of them'], records: 1, silent: [] }, 'replay', id),
      check: (...asked) => told({ rules: [sampleRule], problems: [] }, 'check', ...asked),
      switch: (id, enabled, by) => told(detail, 'switch', id, enabled, by),
      save: (...asked) => told(rules, 'save', ...asked),
      saved: (name) => told({ name, text: 'title: x', version: 'v1', by: 'al', at: time }, 'saved', name),
      remove: (name, by) => told(rules, 'remove', name, by),
    },
    suppressions: {
      list: () => told(suppressions, 'suppressions'),
      save: (body) => told(suppressions, 'suppress', body),
      remove: (id, by) => told(suppressions, 'unsuppress', id, by),
    },
    backtests: {
      start: (body) => told(backtest, 'backtest', body),
      status: (id) => told(backtest, 'status', id),
      cancel: (id) => told(backtest, 'cancel', id),
      subscribe: (_id, listener) => {
        listener(backtest)
        return () => {}
      },
    },
    outputs: {
      list: () =>
        told(
          {
            items: [
              {
                id: 'sec',
                type: 'slack',
                to: 'channel C1',
                state: 'ok',
                message: '',
                sent: 1,
                failed: 0,
                waiting: 0,
                dead: 0,
                budgetPerHour: 20,
              } as const,
            ],
          },
          'outputs',
        ),
      test: (id, dryRun) => told({ sent: !dryRun, payload: '{}', answer: '' }, 'test', id, dryRun),
    },
    selftests: {
      begin: (body) => told(run, 'selftest', body),
      status: (id) => told(run, 'selftest', id),
      hand: (id, body) => told(run, 'hand', id, body),
      keep: (id, results) => told({ kept: results.length, refused: [] }, 'keep', id, results),
      end: (id) => told(run, 'end', id),
    },
    honesty: () => honesty,
    coverage: () => told(coverage, 'coverage'),
  }
  return {
    services,
    calls,
    tell: (change: CasesChanged): void => {
      for (const listener of listeners) listener(change)
    },
    listeners,
  }
}
