import { countOf } from '../format/paint.ts'
import { exitCodes, visible } from '../terminal.ts'
import { faultLines, faultsOf, type Told } from './check.ts'
import type { ReadEvent } from './read-events.ts'
import type { ReadRules } from './read-rules.ts'
import { type RuleMatch, runRules } from './run-rules.ts'

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
  const run = runRules(read.set)
  const counts = new Map<string, { matches: number; readonly alerts: boolean }>()
  const names = new Set<string>()
  const shown: RuleMatch[] = []
  const bad: string[] = []
  let seen = 0
  let unjudged = 0
  let unread = 0
  const take = (matches: readonly RuleMatch[]): void => {
    for (const match of matches) {
      const count = counts.get(match.rule)
      if (count === undefined) counts.set(match.rule, { matches: 1, alerts: match.alerts })
      else count.matches += 1
      for (const name of [match.rule, ...match.ids]) names.add(name)
      if (match.alerts && shown.length < mostShown) shown.push(match)
    }
  }
  for await (const one of events) {
    if (one.kind === 'bad') {
      unread += 1
      if (bad.length < 20) bad.push(`line ${one.at}: ${one.why}`)
      continue
    }
    seen += 1
    const matches = run.evaluate(one.line)
    if (matches === undefined) unjudged += 1
    else take(matches)
  }
  take(run.finish())
  const late = run.late()
  const missing = options.expect.filter((rule) => !names.has(rule))
  const errors = faultsOf(read).filter(({ severity }) => severity === 'error')
  const isWhole = errors.length === 0 && unread === 0 && unjudged === 0 && late === 0
  const exitCode = !isWhole ? exitCodes.failed : missing.length > 0 ? exitCodes.found : exitCodes.ok
  const rules = [...counts].map(([rule, count]) => ({ rule, ...count }))
  if (options.json) {
    const matches = shown.map(({ rule, severity, time, text }) => ({ rule, severity, time, text }))
    const report = { events: seen, unread, unjudged, late, rules, missing, matches, problems: errors }
    return { text: `${JSON.stringify(report, null, 2)}\n`, exitCode }
  }
  const alerting = rules.filter(({ alerts }) => alerts)
  const total = sumOf(alerting)
  const silent = sumOf(rules.filter(({ alerts }) => !alerts))
  const lines = [
    ...shown.map(({ time, severity, rule, text }) => visible(`${time} ${severity} ${rule}: ${text}`)),
    ...(total > shown.length ? [`… and ${countOf(total - shown.length, 'more match', 'more matches')}`] : []),
    ...missing.map((rule) => visible(`"${rule}" matched no event`)),
    ...bad.map((line) => `not read: ${line}`),
    ...faultLines(errors),
    `${countOf(seen, 'event')}: ${countOf(total, 'match', 'matches')} of ${countOf(alerting.length, 'rule')}`,
    ...(silent > 0 ? [`${countOf(silent, 'match', 'matches')} of rules that only others ask for`] : []),
    ...(unread > 0 ? [`${countOf(unread, 'line')} could not be read as audit events`] : []),
    ...(unjudged > 0 ? [`${countOf(unjudged, 'event')} could not be judged: no readable stageTimestamp`] : []),
    ...(late > 0 ? [`${countOf(late, 'event')} stood too far out of order for correlations, and were left out`] : []),
  ]
  return { text: `${lines.join('\n')}\n`, exitCode }
}

const sumOf = (rules: readonly { readonly matches: number }[]): number =>
  rules.reduce((sum, { matches }) => sum + matches, 0)
