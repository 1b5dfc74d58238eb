import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'
import { type Case, type CaseState, type CaseStep, caseStates } from '../../model/case.ts'
import { BulwarkError } from '../../model/error.ts'
import { type Severity, severities } from '../../model/finding.ts'
import type { JsonObject } from '../../model/json.ts'

/** One case, as `CaseRow` of src/detect/cases: `root` is the case that it is shown in. */
export interface KeptCase {
  readonly case: Case
  readonly root: string
  readonly memory: JsonObject
}

/** One step; key `home` and `step.id`. */
export interface KeptStep {
  readonly caseId: string
  readonly home: string
  readonly step: CaseStep
  readonly memory: JsonObject
}

/** What one actor did that opened no case. */
export interface KeptSignal {
  readonly actor: string
  readonly memory: JsonObject
}

/** What a person, or time, did to a case. */
export interface KeptChange {
  readonly id: string
  readonly caseId: string
  readonly time: string
  readonly by: string
  readonly text: string
  readonly undoable: boolean
  readonly memory: JsonObject
}

/** Rows to put in or replace, and keys of rows to remove. */
export interface CaseDifference {
  readonly cases: readonly KeptCase[]
  readonly goneCases: readonly string[]
  readonly steps: readonly KeptStep[]
  readonly goneSteps: readonly { readonly home: string; readonly id: string }[]
  readonly signals: readonly KeptSignal[]
  readonly goneSignals: readonly string[]
  readonly changes: readonly KeptChange[]
}

export interface KeptRows {
  readonly cases: readonly KeptCase[]
  readonly steps: readonly KeptStep[]
  readonly signals: readonly KeptSignal[]
  readonly changes: readonly KeptChange[]
}

/** Members that are undefined match everything. */
export interface CaseQuestion {
  readonly states?: readonly CaseState[] | undefined
  readonly atLeast?: Severity | undefined
  readonly namespace?: string | undefined
  readonly rule?: string | undefined
  readonly owner?: string | undefined
  readonly text?: string | undefined
}

export interface CaseTable {
  save(difference: CaseDifference): void
  /** Rows that a book goes on from: every signal, cases that are not closed or changed since, the newest first. */
  recent(since: string, most: number): KeptRows
  /** All cases of one root, with their steps and changes; signals stay out. Empty where there is none. */
  family(id: string): KeptRows
  /** The case that this one is shown in; undefined where it is not kept. */
  rootOf(id: string): string | undefined
  /** The case that a change was made to; undefined where it is not kept. */
  caseOfChange(change: string): string | undefined
  list(
    question: CaseQuestion,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): { readonly items: readonly Case[]; readonly total: number; readonly nextCursor: string | undefined }
  /** Over all cases that are shown. */
  counts(): Readonly<Record<CaseState, number>>
}

export const caseTable = (database: DatabaseSync): CaseTable => {
  const putCase = database.prepare(
    `INSERT OR REPLACE INTO cases (id, root, state, state_rank, severity_rank, changed_at, owner, words, body, memory)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const dropCase = database.prepare('DELETE FROM cases WHERE id = ?')
  const putStep = database.prepare(
    'INSERT OR REPLACE INTO case_steps (home, id, case_id, first_time, body, memory) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const dropStep = database.prepare('DELETE FROM case_steps WHERE home = ? AND id = ?')
  const putSignal = database.prepare('INSERT OR REPLACE INTO case_signals (actor, memory) VALUES (?, ?)')
  const dropSignal = database.prepare('DELETE FROM case_signals WHERE actor = ?')
  const putChange = database.prepare(
    'INSERT OR REPLACE INTO case_changes (id, case_id, time, body) VALUES (?, ?, ?, ?)',
  )
  const casesOf = database.prepare('SELECT body, root, memory FROM cases WHERE root = ? ORDER BY id')
  const stepsOf = database.prepare(
    `SELECT case_id, home, body, memory FROM case_steps
     WHERE case_id IN (SELECT id FROM cases WHERE root = ?1) OR home IN (SELECT id FROM cases WHERE root = ?1)
     ORDER BY first_time, id`,
  )
  const changesOf = database.prepare(
    'SELECT body FROM case_changes WHERE case_id IN (SELECT id FROM cases WHERE root = ?) ORDER BY time, id',
  )
  const roots = database.prepare(
    "SELECT DISTINCT root FROM cases WHERE state <> 'closed' OR changed_at >= ? ORDER BY changed_at DESC LIMIT ?",
  )
  const rootOf = database.prepare('SELECT root FROM cases WHERE id = ?')
  const changed = database.prepare('SELECT case_id FROM case_changes WHERE id = ?')
  const signals = database.prepare('SELECT actor, memory FROM case_signals ORDER BY actor')
  const counts = database.prepare('SELECT state, count(*) AS n FROM cases WHERE root = id GROUP BY state')

  const family = (root: string): KeptRows => ({
    cases: casesOf
      .all(root)
      .map((row) => ({ case: json<Case>(row.body), root: text(row.root), memory: json(row.memory) })),
    steps: stepsOf.all(root).map((row) => ({
      caseId: text(row.case_id),
      home: text(row.home),
      step: json<CaseStep>(row.body),
      memory: json(row.memory),
    })),
    signals: [],
    changes: changesOf.all(root).map((row) => json<KeptChange>(row.body)),
  })
  const shown = (id: string): string | undefined => {
    const row = rootOf.get(id)
    return row && text(row.root)
  }

  return {
    save: (difference) => {
      for (const id of difference.goneCases) dropCase.run(id)
      for (const { home, id } of difference.goneSteps) dropStep.run(home, id)
      for (const actor of difference.goneSignals) dropSignal.run(actor)
      for (const row of difference.cases) putCase.run(...caseValues(row))
      for (const { caseId, home, step, memory } of difference.steps)
        putStep.run(home, step.id, caseId, step.firstTime, JSON.stringify(step), JSON.stringify(memory))
      for (const { actor, memory } of difference.signals) putSignal.run(actor, JSON.stringify(memory))
      for (const change of difference.changes)
        putChange.run(change.id, change.caseId, change.time, JSON.stringify(change))
    },
    recent: (since, most) => {
      const families = roots.all(since, most).map((row) => family(text(row.root)))
      return {
        cases: families.flatMap(({ cases }) => cases),
        steps: families.flatMap(({ steps }) => steps),
        changes: families.flatMap(({ changes }) => changes),
        signals: signals.all().map((row) => ({ actor: text(row.actor), memory: json(row.memory) })),
      }
    },
    family: (id) => family(shown(id) ?? id),
    rootOf: shown,
    caseOfChange: (change) => {
      const row = changed.get(change)
      return row && text(row.case_id)
    },
    list: (question, page) => listCases(database, question, page),
    counts: () => {
      const found = new Map(counts.all().map((row) => [text(row.state), Number(row.n)]))
      const of = (state: CaseState): number => found.get(state) ?? 0
      return { open: of('open'), acknowledged: of('acknowledged'), snoozed: of('snoozed'), closed: of('closed') }
    },
  }
}

const caseValues = ({ case: one, root, memory }: KeptCase): SQLInputValue[] => [
  one.id,
  root,
  one.state,
  caseStates.indexOf(one.state),
  severities.indexOf(one.severity),
  one.changedAt,
  one.owner,
  [one.id, one.title, ...one.entities.map(({ name }) => name)].join('\n').toLowerCase(),
  JSON.stringify(one),
  JSON.stringify(memory),
]

const listCases: (database: DatabaseSync, ...rest: Parameters<CaseTable['list']>) => ReturnType<CaseTable['list']> = (
  database,
  question,
  { limit, cursor },
) => {
  const terms = ['root = id']
  const values: SQLInputValue[] = []
  const ask = (term: string, ...more: SQLInputValue[]): void => {
    terms.push(term)
    values.push(...more)
  }
  const { states, atLeast, namespace, rule, owner, text: words } = question
  if (states !== undefined) ask(`state IN (${states.map(() => '?').join(', ')})`, ...states)
  if (atLeast !== undefined) ask('severity_rank >= ?', severities.indexOf(atLeast))
  if (namespace !== undefined) ask("EXISTS (SELECT 1 FROM json_each(body, '$.namespaces') WHERE value = ?)", namespace)
  if (rule !== undefined) ask("EXISTS (SELECT 1 FROM json_each(body, '$.rules') WHERE value ->> '$.rule' = ?)", rule)
  if (owner !== undefined) ask('owner = ?', owner)
  if (words !== undefined && words !== '') ask('instr(words, ?) > 0', words.toLowerCase())
  const total = Number(
    database.prepare(`SELECT count(*) AS n FROM cases WHERE ${terms.join(' AND ')}`).get(...values)?.n,
  )
  if (cursor !== undefined) {
    const { state, severity, changed, id } = readCursor(cursor)
    ask(
      `(state_rank > ?1 OR state_rank = ?1 AND (severity_rank < ?2 OR severity_rank = ?2 AND
       (changed_at < ?3 OR changed_at = ?3 AND id > ?4)))`.replaceAll(
        /\?(\d)/g,
        (_, place) => `?${Number(place) + values.length}`,
      ),
      state,
      severity,
      changed,
      id,
    )
  }
  const rows = database
    .prepare(
      `SELECT id, state_rank, severity_rank, changed_at, body FROM cases WHERE ${terms.join(' AND ')}
       ORDER BY state_rank, severity_rank DESC, changed_at DESC, id LIMIT ${limit + 1}`,
    )
    .all(...values)
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const next = rows.length > limit && last !== undefined
  return { items: items.map(({ body }) => json<Case>(body)), total, nextCursor: next ? cursorOf(last) : undefined }
}

const cursorOf = (row: Readonly<Record<string, SQLOutputValue>>): string =>
  Buffer.from(JSON.stringify([row.state_rank, row.severity_rank, row.changed_at, row.id])).toString('base64url')

const readCursor = (cursor: string) => {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    const [state, severity, changed, id]: unknown[] = Array.isArray(read) ? read : []
    if (
      typeof state === 'number' &&
      typeof severity === 'number' &&
      typeof changed === 'string' &&
      typeof id === 'string'
    )
      return { state, severity, changed, id }
  } catch {
    // Told below.
  }
  throw new BulwarkError('REQUEST_INVALID', {
    what: 'the cursor is not one that a page gave',
    mend: 'Begin with the first page',
  })
}

const text = (value: SQLOutputValue | undefined): string => (typeof value === 'string' ? value : '')

/** What this table wrote, read back: only this file writes these columns. */
const json = <T = JsonObject>(value: SQLOutputValue | undefined): T => JSON.parse(text(value))
