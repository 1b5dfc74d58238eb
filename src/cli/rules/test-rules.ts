import { countOf } from '../format/paint.ts'
import { exitCodes, visible } from '../terminal.ts'
import { faultLine, faultsOf, type Told } from './check.ts'
import type { RuleMatch } from './language.ts'
import type { ReadEvent } from './read-events.ts'
import type { ReadRules } from './read-rules.ts'

export interface TestOptions {
  readonly json: boolean
  /** Rules that have to match at least one event. */
  readonly expect: readonly string[]
}

/** So many matches are shown one by one; all are counted. */
const mostShown = 1000

/** Runs the rules over events and tells what matched. */
export const testRules = async (
  read: ReadRules,
  events: AsyncIterable<ReadEvent>,
  options: TestOptions,
): Promise<Told> => {
  const counts = new Map<string, number>()
  const shown: RuleMatch[] = []
  const bad: string[] = []
  let seen = 0
  let unjudged = 0
  let unread = 0
  for await (const one of events) {
    if (one.kind === 'bad') {
      unread += 1
      if (bad.length < 20) bad.push(`line ${one.at}: ${one.why}`)
      continue
    }
    seen += 1
    for (const set of read.sets) {
      const matches = set.evaluate(one.line)
      if (matches === undefined) unjudged += 1
      for (const match of matches ?? []) {
        counts.set(match.rule, (counts.get(match.rule) ?? 0) + 1)
        if (shown.length < mostShown) shown.push(match)
      }
    }
  }
  const missing = options.expect.filter((rule) => !counts.has(rule))
  const errors = faultsOf(read).filter(({ severity }) => severity === 'error')
  const isWhole = errors.length === 0 && unread === 0 && unjudged === 0
  const exitCode = !isWhole ? exitCodes.failed : missing.length > 0 ? exitCodes.found : exitCodes.ok
  const rules = [...counts].map(([rule, matches]) => ({ rule, matches }))
  if (options.json) {
    const report = { events: seen, unread, unjudged, rules, missing, matches: shown, problems: errors }
    return { text: `${JSON.stringify(report, null, 2)}\n`, exitCode }
  }
  const total = rules.reduce((sum, { matches }) => sum + matches, 0)
  const lines = [
    ...shown.map(({ time, severity, rule, text }) => visible(`${time} ${severity} ${rule}: ${text}`)),
    ...(total > shown.length ? [`… and ${countOf(total - shown.length, 'more match', 'more matches')}`] : []),
    ...missing.map((rule) => visible(`"${rule}" matched no event`)),
    ...bad.map((line) => `not read: ${line}`),
    ...errors.map(faultLine),
    `${countOf(seen, 'event')}: ${countOf(total, 'match', 'matches')} of ${countOf(rules.length, 'rule')}`,
    ...(unread > 0 ? [`${countOf(unread, 'line')} could not be read as audit events`] : []),
    ...(unjudged > 0 ? [`${countOf(unjudged, 'event')} could not be judged: no readable stageTimestamp`] : []),
  ]
  return { text: `${lines.join('\n')}\n`, exitCode }
}
