/**
 * docs/detection-tested.md: what was acted out on a real cluster, and what came of it.
 * `node test/detection/tested.ts [--rounds 3] [--write]`: acts everything out so many times, each on a cluster of its own,
 * the first of them after a short normal period, and prints the page or writes it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findStack, kubernetesVersion } from '../cluster/build.ts'
import { actOut, type Outcome, strayCases } from './act-out.ts'
import { acts } from './acts.ts'
import { estate } from './estate.ts'
import { casesOf } from './figures.ts'
import { liveNormally, type Normal } from './normal.ts'
import { openSite } from './site.ts'

const file = fileURLToPath(new URL('../../docs/detection-tested.md', import.meta.url))

interface Round {
  readonly normal: Normal | undefined
  /** Cases of the normal period, and those after the acts that are of none of them. */
  readonly normalCases: number
  readonly strays: readonly string[]
  readonly outcomes: readonly Outcome[]
}

const round = async (minutes: number): Promise<Round> => {
  await using site = await openSite(await findStack(), estate())
  const normal = minutes > 0 ? await liveNormally(site, minutes, 20) : undefined
  const normalCases = (await casesOf(site.server)).length
  const outcomes = await actOut(site, acts)
  return { normal, normalCases, outcomes, strays: await strayCases(site.server, outcomes) }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const secondsOf = (rounds: readonly Round[], index: number): readonly (number | undefined)[] =>
  rounds.map(({ outcomes }) => outcomes[index]?.seconds)

const rowOf = (rounds: readonly Round[], index: number): string => {
  const act = acts[index]
  if (act === undefined) return ''
  const seconds = secondsOf(rounds, index)
  const found = seconds.filter((one) => one !== undefined)
  const severity = rounds[0]?.outcomes[index]?.severity ?? ''
  const time =
    found.length === rounds.length ? `${median(found).toFixed(2)} s` : `in ${found.length} of ${rounds.length}`
  return `| ${act.title} | ${act.mitre}, ${act.matrix} | ${act.stratus ?? ''} | ${act.rules.join(', ')} | ${severity} | ${time} |`
}

const page = (rounds: readonly Round[], command: string): string => {
  const all = acts.flatMap((_, index) => secondsOf(rounds, index)).filter((one) => one !== undefined)
  const normal = rounds.flatMap(({ normal: one }) => (one === undefined ? [] : [one]))
  const sum = (pick: (one: Normal) => number): number => normal.reduce((total, one) => total + pick(one), 0)
  const resources = (normal[0]?.seen.byResource ?? []).slice(0, 14)
  return [
    '# Detection, tried on a real cluster',
    '',
    `Written by \`${command}\` with what that run found: a real kube-apiserver ${kubernetesVersion}, etcd, controller manager`,
    'and scheduler on one machine, fake nodes by kwok, a real Bulwark server with the audit webhook (batches of at most 200 ms),',
    'its own rules (rules/bulwark), and the audit policy of [connect.md](connect.md).',
    '`test/detection/techniques.cluster.test.ts` does the same once in every run of the tests.',
    '',
    '## Techniques that were acted out',
    '',
    `${acts.length} techniques, each by somebody of his own, in ${rounds.length} runs on new clusters. Each was in a case, by the rules named, in`,
    `${all.length} of ${acts.length * rounds.length} times. The time is from the answer to the last request to the case in \`GET /api/v1/cases\`, the`,
    'median of the runs; it holds the up to 200 ms that the API server gathers a batch. Rates and sequences wait 10 s for events',
    'that come late. Times of another API server are longer by its `--audit-webhook-batch-max-wait`.',
    '',
    '| technique | MITRE, threat matrix | Stratus Red Team | rules in the case | case | time to case |',
    '|---|---|---|---|---|---|',
    ...acts.map((_, index) => rowOf(rounds, index)),
    '',
    `Cases that were of none of the acts: ${rounds.reduce((total, { strays }) => total + strays.length, 0)}.`,
    '',
    'Not acted out: what the audit log has no event of (see [techniques.md](techniques.md)), what that audit policy leaves out (the',
    'body of a Secret, by which a token that never ends is known, and of a token request), and baselines, which learn for days.',
    '',
    ...(normal.length === 0
      ? []
      : [
          '## Ordinary life',
          '',
          `Before the acts of the first run, ${sum(({ minutes }) => minutes).toFixed(1)} minutes of ordinary life, dense: ${sum(({ seen }) => seen.total)} audit events of ${sum(({ seen }) => seen.principals)}`,
          `principals, ${sum(({ pods }) => pods)} pods made (\`test/detection/life.ts\`, twenty times as often as in an hour, and the day of the shipped recording without its attack).`,
          `Cases that it opened: ${rounds.reduce((total, { normalCases }) => total + normalCases, 0)}.`,
          '',
          '| what went on besides | times |',
          '|---|---|',
          ...(normal[0]?.routines ?? []).map(({ what, times }) => `| ${what} | ${times} |`),
          '',
          `Audit events of that period by resource: ${resources.map(({ value, count }) => `${value} ${count}`).join(', ')}, others.`,
          '',
        ]),
  ].join('\n')
}

/** The part of the page that is of test/detection/normal-hour.ts stays as it was written. */
const longRun = (): string => {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const from = before.indexOf('\n## At the pace of life')
  return from === -1 ? '' : before.slice(from)
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '1.5' },
    write: { type: 'boolean', default: false },
  },
})
const rounds: Round[] = []
for (let n = 0; n < Number(values.rounds); n++) {
  const one = await round(n === 0 ? Number(values.minutes) : 0)
  for (const { act, seconds, missing, error, title } of one.outcomes)
    console.error(`${(seconds?.toFixed(2) ?? 'NO').padStart(6)} ${act.id}: ${error ?? (missing.join(', ') || title)}`)
  for (const stray of one.strays) console.error(`stray case: ${stray}`)
  for (const what of one.normal?.broken ?? []) console.error(`went wrong: ${what}`)
  rounds.push(one)
}
const text = page(rounds, `node test/detection/tested.ts --rounds ${values.rounds} --minutes ${values.minutes}`)
if (values.write) writeFileSync(file, `${text}${longRun()}`)
else console.log(text)
