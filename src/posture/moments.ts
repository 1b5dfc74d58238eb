import type { KindRow } from '../model/answer.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { Micros } from '../model/time.ts'
import { stateOf } from '../state/cluster-state.ts'
import { type ClusterView, clusterView } from './cluster-view.ts'
import { Posture, type PostureOptions } from './posture.ts'

/** What it takes to show the cluster at any moment. */
export interface MomentSources extends PostureOptions {
  /** Of the cluster as it is. */
  readonly live: Posture
  readonly now: () => Micros
  /** The kinds that the cluster's source knows of, with those it cannot see. */
  readonly kinds: () => readonly KindRow[]
  /** Every object that existed at a moment: the record's answer. */
  readonly stateAt: (time: Micros) => AsyncIterable<ObjectVersion>
}

/** A person steps to and fro between a few moments; each holds the bodies of a whole cluster. */
const maxMoments = 4

/** What happened lately is still on its way into the record: such a moment is read again after a short while. */
const settledAfter = 600e6
const unsettledFor = 5e6

interface Moment {
  readonly view: Promise<ClusterView>
  readonly readAt: Micros
}

/**
 * Answers with the cluster as it is (`at` undefined), or as it was: rebuilt from the record and checked by the same
 * posture, with the last few moments kept. A moment that could not be read is asked for again next time.
 */
export const createMoments = (sources: MomentSources): ((at: Micros | undefined) => Promise<ClusterView>) => {
  const recent = new Map<Micros, Moment>()

  const read = (at: Micros): Moment => {
    const view = stateOf(sources.stateAt(at)).then((state) => clusterView(new Posture(state, sources), at, []))
    const moment = { view, readAt: sources.now() }
    view.catch(() => {
      if (recent.get(at) === moment) recent.delete(at)
    })
    return moment
  }
  const known = (at: Micros): Moment | undefined => {
    const moment = recent.get(at)
    const settled = moment !== undefined && moment.readAt - at >= settledAfter
    return settled || (moment && sources.now() - moment.readAt < unsettledFor) ? moment : undefined
  }

  return (at) => {
    if (at === undefined) return Promise.resolve(clusterView(sources.live, sources.now(), sources.kinds()))
    const moment = known(at) ?? read(at)
    // Asked for last stands last.
    recent.delete(at)
    recent.set(at, moment)
    for (const oldest of recent.keys()) {
      if (recent.size <= maxMoments) break
      recent.delete(oldest)
    }
    return moment.view
  }
}
