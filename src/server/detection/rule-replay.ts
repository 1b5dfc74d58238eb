/** Whether a rule fires on the tests that stand beside it, by the rules as they run: nothing of it is kept. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { RuleReplay } from '../../api/contract/detection.ts'
import { createDetector } from '../../detect/detector.ts'
import { documentKey } from '../../detect/heads.ts'
import type { RuleSet } from '../../detect/rule-set.ts'
import { BulwarkError } from '../../model/error.ts'
import type { Micros } from '../../model/time.ts'
import type { Running } from './judge.ts'
import { type RuleCase, readCases, subjectByName } from './rule-cases.ts'

const day: Micros = 86_400_000_000
const slice = 500

/**
 * Runs every test in which the rule fires, each by a detector of its own. A rule that only correlations and baselines
 * want to know of is made to tell of itself.
 *
 * Throws BulwarkError NOT_FOUND: no such rule, or no test stands beside it.
 */
export const replayRule = async (id: string, { set, enabled }: Running, shipped: string): Promise<RuleReplay> => {
  const head = set.heads.find((one) => one.id === id)
  if (head === undefined)
    throw new BulwarkError('NOT_FOUND', { what: `there is no rule "${id}"`, mend: 'GET /api/v1/rules lists them' })
  const name = nameOf(set, id)
  const cases = head.origin === 'bulwark' ? casesOf(shipped, head.file) : []
  const own = cases.filter(({ fires }) => fires.includes(name))
  // Tests name no rule that only others want to know of: it has its part in those of the others.
  const tests = own.length > 0 ? own : cases.filter(({ fires }) => fires.length > 0)
  if (tests.length === 0)
    throw new BulwarkError('NOT_FOUND', {
      what: `no test stands beside the rule "${head.title}"`,
      where: head.file,
      mend: 'Rules that ship with Bulwark have tests; try another one with a back-test',
    })
  const running = { set: telling(set, id), enabled }
  const fired: string[] = []
  const silent: string[] = []
  for (const test of tests) {
    const list = (await fires(id, test, running)) ? fired : silent
    list.push(test.name)
  }
  const told = own.length > 0 || fired.length === 0 ? tests : tests.filter((test) => fired.includes(test.name))
  return {
    rule: id,
    tests: told.map((test) => test.name),
    records: told.reduce((sum, { records }) => sum + records.length, 0),
    silent: own.length > 0 || fired.length === 0 ? silent : [],
  }
}

const fires = async (id: string, { records }: RuleCase, { set, enabled }: Running): Promise<boolean> => {
  // An alert of a sensor would be a detection by itself: the rule's own are what is asked for.
  const detector = createDetector(set, { enabled, subjectOf: subjectByName })
  let fired = false
  for (const [place, record] of records.entries()) {
    for (const { rule } of detector.step([record])) fired ||= rule === id
    // Tests of baselines are hours long: receiving goes on meanwhile.
    if (place % slice === slice - 1) await setImmediate()
  }
  await setImmediate()
  // A day later every window has ended.
  return detector.pass((records.at(-1)?.record.time ?? 0) + day).some(({ rule }) => rule === id) || fired
}

const nameOf = ({ sigma, baselines }: RuleSet, id: string): string => {
  const documents = [
    ...sigma.rules.map(({ rule }) => rule),
    ...sigma.correlations.map(({ correlation }) => correlation),
    ...baselines,
  ]
  return documents.find((one) => documentKey(one) === id)?.name ?? id
}

/** `file` is a name that the shipped set gave: `rules/bulwark/…`. */
const casesOf = (shipped: string, file: string): readonly RuleCase[] => {
  const tests = file.replace(/\.ya?ml$/, '.tests.yml')
  let text: string
  try {
    text = readFileSync(join(shipped, '..', tests), 'utf8')
  } catch {
    return []
  }
  return readCases(text, tests)
}

const telling = (set: RuleSet, id: string): RuleSet => ({
  ...set,
  sigma: {
    ...set.sigma,
    rules: set.sigma.rules.map((one) => (documentKey(one.rule) === id ? { ...one, alerts: true } : one)),
    correlations: set.sigma.correlations.map((one) =>
      documentKey(one.correlation) === id ? { ...one, alerts: true } : one,
    ),
  },
})
