import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { Micros } from '../../model/time.ts'

/** How often a rule fired in one hour of the record. */
export interface RuleHour {
  readonly rule: string
  /** Hours since 1970. */
  readonly hour: number
  readonly fired: number
  readonly suppressed: number
  readonly lastFired: Micros
}

export interface RuleTotals {
  readonly fired: number
  readonly suppressed: number
  readonly lastFired: Micros
}

/** Rules that a person wrote, under a name. */
export interface SavedRules {
  readonly name: string
  readonly text: string
  readonly by: string
  readonly at: Micros
}

export interface RuleTable {
  count(hours: readonly RuleHour[]): void
  totals(): ReadonlyMap<string, RuleTotals>
  /** Counts of `hours` hours, the newest (`last`) at the end. */
  firedByHour(rule: string, last: number, hours: number): readonly number[]
  /** Forgets hours before this one. */
  forgetHours(before: number): void
  switches(): ReadonlyMap<string, boolean>
  switch(rule: string, enabled: boolean, by: string, at: Micros): void
  saved(): readonly SavedRules[]
  save(rules: SavedRules): void
  remove(name: string): boolean
}

export const ruleTable = (database: DatabaseSync): RuleTable => {
  const countHour = database.prepare(
    `INSERT INTO rule_hours (rule, hour, fired) VALUES (?, ?, ?)
     ON CONFLICT (rule, hour) DO UPDATE SET fired = fired + excluded.fired`,
  )
  const countTotal = database.prepare(
    `INSERT INTO rule_totals (rule, fired, suppressed, last_fired) VALUES (?, ?, ?, ?)
     ON CONFLICT (rule) DO UPDATE SET fired = fired + excluded.fired, suppressed = suppressed + excluded.suppressed,
       last_fired = max(last_fired, excluded.last_fired)`,
  )
  const totals = database.prepare('SELECT rule, fired, suppressed, last_fired FROM rule_totals')
  const hoursOf = database.prepare('SELECT hour, fired FROM rule_hours WHERE rule = ? AND hour > ? AND hour <= ?')
  const forget = database.prepare('DELETE FROM rule_hours WHERE hour < ?')
  const switches = database.prepare('SELECT rule, enabled FROM rule_switches')
  const putSwitch = database.prepare('INSERT OR REPLACE INTO rule_switches (rule, enabled, by, at) VALUES (?, ?, ?, ?)')
  const saved = database.prepare('SELECT name, text, by, at FROM saved_rules ORDER BY name')
  const put = database.prepare('INSERT OR REPLACE INTO saved_rules (name, text, by, at) VALUES (?, ?, ?, ?)')
  const drop = database.prepare('DELETE FROM saved_rules WHERE name = ?')
  return {
    count: (hours) => {
      for (const { rule, hour, fired, suppressed, lastFired } of hours) {
        countHour.run(rule, hour, fired)
        countTotal.run(rule, fired, suppressed, lastFired)
      }
    },
    totals: () =>
      new Map(
        totals
          .all()
          .map((row) => [
            text(row.rule),
            { fired: Number(row.fired), suppressed: Number(row.suppressed), lastFired: Number(row.last_fired) },
          ]),
      ),
    firedByHour: (rule, last, hours) => {
      const found = new Map(hoursOf.all(rule, last - hours, last).map((row) => [Number(row.hour), Number(row.fired)]))
      return Array.from({ length: hours }, (_, index) => found.get(last - hours + 1 + index) ?? 0)
    },
    forgetHours: (before) => {
      forget.run(before)
    },
    switches: () => new Map(switches.all().map((row) => [text(row.rule), row.enabled === 1])),
    switch: (rule, enabled, by, at) => {
      putSwitch.run(rule, enabled ? 1 : 0, by, at)
    },
    saved: () =>
      saved.all().map((row) => ({ name: text(row.name), text: text(row.text), by: text(row.by), at: Number(row.at) })),
    save: ({ name, text: body, by, at }) => {
      put.run(name, body, by, at)
    },
    remove: (name) => drop.run(name).changes === 1,
  }
}

const text = (value: SQLOutputValue | undefined): string => (typeof value === 'string' ? value : '')
