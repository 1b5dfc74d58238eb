import type { Act } from './act.ts'
import type { Asker } from './asker.ts'
import type { Stage } from './stage.ts'

/** What came of an act: every request was answered as expected, or the first reason why not. */
export type Acted =
  | { readonly kind: 'done' /** Milliseconds, of performance.now(). */; readonly at: number }
  | { readonly kind: 'unable'; readonly why: string }

/** Acts one after another, in their order, so that what is detected is of its act. By id. */
export const perform = async (
  acts: readonly Act[],
  asker: Asker,
  stage: Stage,
  signal: AbortSignal,
  tell: (done: number, of: number, act: Act) => void,
): Promise<ReadonlyMap<string, Acted>> => {
  const { place } = stage
  const results = new Map<string, Acted>()
  const unable = (act: Act, why: string): void => void results.set(act.id, { kind: 'unable', why })
  const isPerson = !place.me.startsWith('system:')
  let pod: string | undefined
  let isPodMade = false
  for (const [number, act] of acts.entries()) {
    if (signal.aborted) {
      unable(act, 'it was interrupted')
      continue
    }
    tell(number, acts.length, act)
    if (act.isFirst !== true && !isPodMade) {
      isPodMade = true
      await stage.startPod()
    }
    const lacks = act.lacks?.(place) ?? ''
    if (lacks !== '') unable(act, lacks)
    else if (act.needsPerson === true && !isPerson)
      unable(act, `it passes over users such as ${place.me}, by whom the self-test acts`)
    else if (act.after?.some((id) => results.get(id)?.kind !== 'done') === true)
      unable(act, 'what comes before it could not be acted out')
    else {
      if (act.needsPod === true) {
        pod ??= await stage.podRuns(signal)
        if (pod !== '') {
          unable(act, `the pod of the self-test does not run: ${pod}`)
          continue
        }
      }
      const fault = await askInOrder(act, asker, stage, signal)
      if (fault === '') results.set(act.id, { kind: 'done', at: performance.now() })
      else unable(act, fault)
    }
  }
  return results
}

const askInOrder = async (act: Act, asker: Asker, { place }: Stage, signal: AbortSignal): Promise<string> => {
  for (const ask of act.asks(place)) {
    const fault = await asker.askAll(ask, act.id, signal)
    if (fault !== '') return fault
  }
  return ''
}
