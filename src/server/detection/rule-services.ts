import { createHash } from 'node:crypto'
import type { RuleCoverage, RuleDetail, RuleRow, RulesAnswer } from '../../api/contract/detection.ts'
import type { RuleServices } from '../../api/detection-services.ts'
import { sensorHead } from '../../detect/heads.ts'
import type { RuleEntry, RuleSetProblem } from '../../detect/rule-set.ts'
import { BulwarkError } from '../../model/error.ts'
import { formatMicros } from '../../model/time.ts'
import type { Desk, RuleTotals, SavedRules } from '../../store/desk/index.ts'
import type { Backtests } from './backtests.ts'
import type { CoverageView } from './coverage.ts'
import type { RuleKeeper } from './rule-keeper.ts'
import { replayRule } from './rule-replay.ts'
import type { SelftestResults } from './selftest-results.ts'

const hourMicros = 3_600_000_000
const shownHours = 7 * 24
const longestText = 1024 * 1024

export interface RuleServiceParts {
  readonly desk: Desk
  readonly keeper: RuleKeeper
  readonly coverage: Pick<CoverageView, 'byRule'>
  readonly lastBacktest: Backtests['lastOf']
  readonly selftests: SelftestResults['byRule']
  /** The folder with a folder for each shipped set. */
  readonly shipped: string
}

export const ruleServices = (parts: RuleServiceParts): RuleServices => {
  const { desk, keeper, coverage, lastBacktest, selftests, shipped } = parts
  const rows = (covered: ReadonlyMap<string, RuleCoverage>): readonly (RuleRow & { readonly entry: RuleEntry })[] => {
    const totals = desk.rules.totals()
    const found = selftests()
    const { set, enabled } = keeper.running()
    const { warnings } = keeper.problems()
    const known = new Set(set.heads.map(({ id }) => id))
    const sensors = [...totals.keys()]
      .filter((id) => id.startsWith('falco:') && !known.has(id))
      .map((id) => sensorEntry(id.slice('falco:'.length)))
    return [...set.entries, ...sensors].map((entry) => {
      const { head } = entry
      const counted = totals.get(head.id)
      const isOn = enabled(head)
      return {
        entry,
        rule: head,
        enabled: isOn,
        fired: counted?.fired ?? 0,
        lastFired: counted && formatMicros(counted.lastFired),
        suppressed: counted?.suppressed ?? 0,
        // Rules that only feed others, and those of sensors that are not in the set, have no row of their own.
        coverage: covered.get(head.id) ?? ownCoverage(isOn, entry, counted),
        problems: [
          ...entry.notes,
          ...warnings.filter((one) => one.file === head.file && one.rule === head.title).map(problemText),
        ],
        lastBacktest: lastBacktest(entry),
        selftest: found.get(head.id),
      }
    })
  }
  const list = async (): Promise<RulesAnswer> => ({
    items: rows(await coverage.byRule()).map(({ entry: _entry, ...row }) => row),
    refused: keeper.problems().refused,
    loadedAt: formatMicros(keeper.loadedAt * 1000),
  })
  const detail = async (id: string): Promise<RuleDetail> => {
    const found = rows(await coverage.byRule()).find(({ rule }) => rule.id === id)
    if (found === undefined) throw unknownRule(id)
    const { entry, ...row } = found
    const hour = Math.floor((Date.now() * 1000) / hourMicros)
    return { ...row, text: entry.text, fields: entry.fields, firedByHour: desk.rules.firedByHour(id, hour, shownHours) }
  }
  return {
    list,
    detail,
    replay: (id) => replayRule(id, keeper.running(), shipped),
    check: async (text, name) => {
      if (name === undefined) return keeper.check(text)
      checkName(name)
      return keeper.check(text, name)
    },
    switch: async (id, enabled, by) => {
      await detail(id)
      keeper.switch(id, enabled, by)
      return detail(id)
    },
    save: async (name, text, by, version) => {
      checkName(name)
      checkVersion(name, version, keeper.saved(name))
      if (text.length > longestText) {
        throw new BulwarkError('REQUEST_INVALID', {
          what: `the rules have more than ${longestText} characters`,
          mend: 'Save them as several, or give them as files with --rules',
        })
      }
      const [first, ...more] = keeper.check(text, name).problems.filter(({ severity }) => severity === 'error')
      if (first !== undefined) {
        throw new BulwarkError('RULES_INVALID', {
          what: first.what + (more.length > 0 ? ` (and ${more.length} more)` : ''),
          where: `line ${first.line}, column ${first.column}${first.rule === '' ? '' : `, rule "${first.rule}"`}`,
          mend: first.mend,
        })
      }
      keeper.save(name, text, by)
      return list()
    },
    saved: async (name) => {
      const found = keeper.saved(name)
      if (found === undefined) throw nothingSaved(name)
      const { text, by, at } = found
      return { name, text, version: versionOf(text), by, at: formatMicros(at) }
    },
    remove: async (name) => {
      checkName(name)
      if (!keeper.remove(name)) throw nothingSaved(name)
      return list()
    },
  }
}

/** A rule of which nothing is known but that it fired on a node. */
const sensorEntry = (name: string): RuleEntry => ({
  head: sensorHead(name, 'info', []),
  text: '',
  fields: [],
  idle: '',
  alerts: true,
  notes: [],
  inputs: ['runtime'],
})

const unknownRule = (id: string): BulwarkError =>
  new BulwarkError('NOT_FOUND', { what: `there is no rule "${id}"`, mend: 'GET /api/v1/rules lists them' })

const nothingSaved = (name: string): BulwarkError =>
  new BulwarkError('NOT_FOUND', {
    what: `nothing is saved as "${name.slice(0, 80)}"`,
    mend: 'GET /api/v1/rules lists the rules',
  })

const versionOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** Between this and the write nothing else runs, so that of two people one is told. */
const checkVersion = (name: string, version: string | undefined, now: SavedRules | undefined): void => {
  if (version === undefined || version === (now === undefined ? '' : versionOf(now.text))) return
  throw new BulwarkError('RULES_CONFLICT', {
    what:
      now === undefined
        ? `what was saved as "${name}" was removed meanwhile`
        : version === ''
          ? `"${name}" is the name of other rules${now.by === '' ? '' : `, saved by ${now.by}`}`
          : `"${name}" was changed meanwhile${now.by === '' ? '' : ` by ${now.by}`}`,
    where: `saved-rules/${name}`,
    mend:
      now !== undefined && version === ''
        ? 'Save it under another name'
        : 'Read it again, and make the change in what stands there now',
  })
}

const checkName = (name: string): void => {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return
  throw new BulwarkError('REQUEST_INVALID', {
    what: `"${name.slice(0, 80)}" is not a name for rules`,
    mend: 'Use up to 64 letters, digits, - and _',
  })
}

const problemText = ({ file, line, what }: RuleSetProblem): string => `${file}:${line}: ${what}`

const ownCoverage = (isOn: boolean, { idle }: RuleEntry, counted: RuleTotals | undefined): RuleCoverage => {
  if (!isOn) return { kind: 'off', why: 'it is switched off' }
  if (idle !== '') return { kind: 'cannot', why: idle, mend: 'Change the rule, or switch it off' }
  return counted !== undefined && counted.fired > 0
    ? { kind: 'fires', lastFired: formatMicros(counted.lastFired) }
    : { kind: 'could-fire' }
}
