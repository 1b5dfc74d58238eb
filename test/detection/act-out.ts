/** Acts everything out, and measures how long it takes until each is in a case. */
import { at, listAt, textAt } from '../cluster/client.ts'
import { until } from '../cluster/until.ts'
import type { Served } from '../server/process.ts'
import { type Act, type Player, playerOf, stage, stageProps } from './act.ts'
import { casesOf } from './figures.ts'
import { ruleIdOf } from './rule-names.ts'
import type { Site } from './site.ts'

/** What came of an act. `seconds`: from the answer to its last request to the case that has all its rules. */
export interface Outcome {
  readonly act: Act
  readonly seconds: number | undefined
  /** Of the case; empty where there is none. */
  readonly title: string
  readonly severity: string
  /** Names of rules that are in no case, of the one who acted. */
  readonly missing: readonly string[]
  /** What the script did not expect. */
  readonly error: string | undefined
}

const pollMillis = 50

/** Resolves when every act is in a case, or `mostSeconds` after it. One at a time is acted; they are waited for together. */
export const actOut = async (site: Site, acts: readonly Act[], mostSeconds = 180): Promise<readonly Outcome[]> => {
  await setStage(site, acts)
  const waiting: Promise<Outcome>[] = []
  for (const [number, act] of acts.entries()) {
    const player = await playerOf(site, act, number)
    const began = new Date().toISOString()
    try {
      await act.act(player)
      waiting.push(untilInCase(site.server, act, player, began, mostSeconds))
    } catch (error) {
      const outcome = { act, seconds: undefined, title: '', severity: '', missing: act.rules, error: String(error) }
      waiting.push(Promise.resolve(outcome))
    }
  }
  const outcomes = await Promise.all(waiting)
  for (const { leaves = [] } of acts) for (const path of leaves) await site.cluster.admin.delete(path)
  return outcomes
}

/** Makes what the acts need, by a hand that is not recorded; resolves when their pods run. */
const setStage = async ({ cluster: { admin }, make }: Site, acts: readonly Act[]): Promise<void> => {
  await make(stageProps)
  await until('the namespace of the acts to be ready', async () => {
    return (await admin.get(`/api/v1/namespaces/${stage}/serviceaccounts/default`)).status === 200
  })
  await make(acts.flatMap(({ props = [] }) => props))
  await until('the pods of the acts to run', async () => {
    const pods = listAt((await admin.get(`/api/v1/namespaces/${stage}/pods`)).body, 'items')
    return pods.every((one) => at(one, 'status', 'phase') === 'Running')
  })
}

const untilInCase = async (
  server: Served,
  act: Act,
  player: Player,
  began: string,
  mostSeconds: number,
): Promise<Outcome> => {
  const answered = performance.now()
  let missing = act.rules
  while (performance.now() - answered < mostSeconds * 1000) {
    for (const one of await candidates(server, act)) {
      const seconds = (performance.now() - answered) / 1000
      const steps = listAt(await server.get(`/api/v1/cases/${textAt(one, 'id')}`), 'steps')
      const left = act.rules.filter((name) => !steps.some((step) => isOf(step, ruleIdOf(name), player, began)))
      if (left.length === 0)
        return {
          act,
          seconds,
          title: textAt(one, 'title'),
          severity: textAt(one, 'severity'),
          missing: [],
          error: undefined,
        }
      if (left.length < missing.length) missing = left
    }
    await new Promise((resolve) => setTimeout(resolve, pollMillis))
  }
  return { act, seconds: undefined, title: '', severity: '', missing, error: undefined }
}

/** Cases with the rule of an act that opens them. */
const candidates = async (server: Served, { rules: [first = ''] }: Act): Promise<readonly unknown[]> =>
  listAt(await server.get(`/api/v1/cases?rule=${ruleIdOf(first)}&limit=100`), 'items')

/** Whether a step is of that rule, and of what the player did since. */
const isOf = (step: unknown, rule: string, { principal, address }: Player, began: string): boolean =>
  at(step, 'rule') === rule &&
  String(at(step, 'lastTime')) >= began.slice(0, 19) &&
  (at(step, 'sourceIp') === address || at(step, 'principal') === principal)

/** Titles of cases in which none of the acts has a part: nobody should have been shown them. */
export const strayCases = async (server: Served, outcomes: readonly Outcome[]): Promise<readonly string[]> => {
  const ours = new Set(outcomes.map(({ title }) => title))
  const strays: string[] = []
  for (const one of await casesOf(server)) {
    const entities = listAt(one, 'entities')
    const isOurs = entities.some(
      (entity) =>
        /^(10\.66\.0|198\.51\.100)\.\d+$/.test(String(at(entity, 'name'))) ||
        outcomes.some(({ act }) => String(at(entity, 'name')).startsWith(`${act.id}@`)),
    )
    if (!isOurs && !ours.has(textAt(one, 'title'))) strays.push(textAt(one, 'title'))
  }
  return strays
}
