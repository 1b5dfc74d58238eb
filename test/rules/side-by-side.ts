/**
 * docs/detection-content.md: what each set of rules finds of the shipped recording. `node test/rules/side-by-side.ts` tells
 * whether the page is up to date, `--write` writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createCaseBook, noContext } from '../../src/detect/cases/index.ts'
import { loadRuleSet } from '../../src/detect/rule-set.ts'
import type { Detection } from '../../src/model/detection.ts'
import { eventRowOf } from '../../src/model/event-row.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { RuleOrigin } from '../../src/model/rule.ts'
import { recordsOf } from '../../src/server/detection/rule-cases.ts'
import { ruleFiles } from './files.ts'
import { detect } from './judge.ts'
import { attackSteps, auditEvents, isOfAttack } from './recording.ts'

const sets: readonly { readonly title: string; readonly origins: readonly RuleOrigin[] }[] = [
  { title: 'Bulwark’s own', origins: ['bulwark'] },
  { title: 'Falco’s stock rules', origins: ['falco'] },
  { title: 'Sigma’s stock rules', origins: ['sigmahq'] },
  { title: 'all three', origins: ['bulwark', 'falco', 'sigmahq'] },
]

/** What a set of rules made of the recording. */
export interface Outcome {
  readonly title: string
  readonly rules: number
  readonly fired: number
  readonly detections: number
  readonly alarms: number
  readonly normalAlarms: number
  /** The steps of the attack that some detection of medium severity or above has. */
  readonly steps: readonly string[]
  readonly cases: number
  /** Cases in which no event of the attack is. */
  readonly normalCases: number
  /** The steps of the attack that a case tells of, by whatever severity. */
  readonly stepsInCases: readonly string[]
}

const alarming: readonly string[] = ['medium', 'high', 'critical']

/** Runs each set over the shop's recording, as the server does. */
export const outcomes = async (): Promise<readonly Outcome[]> => {
  const events = await auditEvents('shop')
  const records = recordsOf(events)
  const byRow = new Map<string, JsonObject>()
  for (const { record } of records) byRow.set(eventRowOf(record)?.id ?? '', record.event)
  return sets.map(({ title, origins }) => {
    const files = origins.flatMap((origin) => ruleFiles(origin).map((file) => ({ ...file, origin })))
    const set = loadRuleSet(files)
    const detections = detect(set, records)
    const eventsOf = (evidence: readonly string[]): readonly JsonObject[] =>
      evidence.map((id) => byRow.get(id)).filter((event) => event !== undefined)
    const isAttack = ({ evidence }: Detection): boolean => eventsOf(evidence).some(isOfAttack)
    const stepsIn = (seen: readonly JsonObject[]): readonly string[] =>
      attackSteps.filter(({ isIn }) => seen.some(isIn)).map(({ what }) => what)
    const alarms = detections.filter(({ severity }) => alarming.includes(severity))
    const cases = casesOf(detections).map(eventsOf)
    return {
      title,
      rules: set.entries.filter(({ idle }) => idle === '').length,
      fired: new Set(detections.map(({ rule }) => rule)).size,
      detections: detections.length,
      alarms: alarms.length,
      normalAlarms: alarms.filter((one) => !isAttack(one)).length,
      steps: stepsIn(eventsOf(alarms.flatMap(({ evidence }) => evidence))),
      cases: cases.length,
      normalCases: cases.filter((seen) => !seen.some(isOfAttack)).length,
      stepsInCases: stepsIn(cases.flat()),
    }
  })
}

/** The evidence of each case. */
const casesOf = (detections: readonly Detection[]): readonly (readonly string[])[] => {
  const book = createCaseBook()
  book.apply(detections, noContext)
  return [...book.cases()].map(({ id }) => book.detail(id)?.steps.flatMap(({ evidence }) => evidence) ?? [])
}

export const contentFile = fileURLToPath(new URL('../../docs/detection-content.md', import.meta.url))

/** The page. */
export const contentPage = (found: readonly Outcome[]): string => {
  const line = (one: Outcome): string =>
    `| ${[one.title, one.rules, one.fired, one.detections, `${one.alarms} (${one.normalAlarms})`, `${one.steps.length} of ${attackSteps.length}`, `${one.stepsInCases.length} of ${attackSteps.length}`, `${one.cases} (${one.normalCases})`].join(' | ')} |`
  return [
    '# Rules side by side',
    '',
    'Written by `node test/rules/side-by-side.ts --write`: each set of rules over the half hour that ships with Bulwark',
    '([recordings/README.md](../recordings/README.md)), 4,975 audit events with an attack of 216 in their midst. Alarms are',
    'detections of medium severity and above; in brackets, those without an event of the attack. A step of the attack is found',
    'where an alarm has one of its events, and in a case where any detection in the case has. Cases are what a person would have',
    'been shown. The recording is ours, and so are the rules that do best on it: read our figures as a test, and the others’ as',
    'what they make of ordinary traffic.',
    '',
    '| rules | that can run | that fired | detections | alarms (normal) | attack steps by alarms | in cases | cases (normal) |',
    '|---|---|---|---|---|---|---|---|',
    ...found.map(line),
    '',
    `| step of the attack | ${found.map(({ title }) => title).join(' | ')} |`,
    `|---|${found.map(() => '---|').join('')}`,
    ...attackSteps.map(
      ({ what }) => `| ${what} | ${found.map(({ steps }) => (steps.includes(what) ? 'yes' : '–')).join(' | ')} |`,
    ),
    '',
    'Baselines take no part: half an hour is less than they have to learn. Falco’s rules are judged one by one (`rule_matching:',
    'all`), as the server does; Falco itself tells of the first that matches only.',
    '',
  ].join('\n')
}

if (import.meta.main) {
  const page = contentPage(await outcomes())
  if (process.argv.includes('--write')) writeFileSync(contentFile, page)
  else if (readFileSync(contentFile, 'utf8') !== page) {
    console.error('docs/detection-content.md is stale: node test/rules/side-by-side.ts --write')
    process.exitCode = 1
  }
}
