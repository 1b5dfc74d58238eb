import type { KindRow } from '../../model/answer.ts'
import type { Missing, SourceState } from '../../model/source.ts'
import type { Micros } from '../../model/time.ts'
import type { Discovered } from './discovery.ts'
import type { Totals } from './hand-over.ts'
import { type Kind, kindName } from './kind.ts'
import type { Plan } from './plan.ts'
import type { KindView } from './reflector.ts'

/** What the source knows of itself at one moment. */
export interface Facts {
  readonly found: { readonly discovered: Discovered; readonly plan: Plan } | undefined
  /** Why discovery failed the last time, empty when it did not. */
  readonly fault: string
  readonly views: readonly KindView[]
}

/** A cut shorter than this mends itself and is not worth a line: every watch is renewed each few minutes. */
const cutForMicros = 30_000_000

const triedAgain = 'It is tried again by itself'

/** Bookmarks come each minute on every watch: three minutes without any from any of them is silence. */
const silentMicros = 180_000_000

/** Judges the source as a whole. What a setting leaves out is told in `missing`, but does not make it `partial`. */
export function statusOf(
  facts: Facts & { readonly totals: Totals; readonly cluster: string; readonly ended: boolean; readonly now: Micros },
): { readonly state: SourceState; readonly message: string; readonly missing: readonly Missing[] } {
  const { found, fault, views, totals, cluster, now } = facts
  const unseen = [
    ...(found !== undefined && fault !== '' ? [{ what: 'kinds that are new', why: fault, mend: triedAgain }] : []),
    ...(found?.discovered.missing ?? []),
    ...views.flatMap((view) => missingOf(view, now)),
  ]
  const missing = [...unseen, ...(found?.plan.missing ?? [])]
  const say = (state: SourceState, message: string) => ({ state, message, missing })
  const seen = views.filter((view) => view.seen)
  const live = views.filter((view) => view.phase === 'watching')
  const objects = seen.reduce((sum, view) => sum + view.count, 0)

  if (facts.ended) return say('ended', 'it was stopped')
  if (totals.trouble !== '') return say('broken', `the recorder takes nothing: ${totals.trouble}`)
  if (found === undefined) {
    return fault === '' ? say('starting', `asking the cluster ${cluster} what there is`) : say('broken', fault)
  }
  const cut = views.filter((view) => view.why !== '' && view.phase !== 'refused')
  if (live.length === 0 && cut[0] !== undefined) return say('broken', cut[0].why)
  const refused = views.filter((view) => view.phase === 'refused')
  if (refused[0] !== undefined && refused.length === views.length) {
    return say('broken', `none of ${views.length} kinds may be read: ${refused[0].why}`)
  }
  const waiting = views.filter((view) => view.phase === 'waiting')
  if (waiting.length > 0 && waiting.every((view) => view.why === '')) {
    return say(
      'starting',
      `reading what there is: ${seen.length} of ${counted(views.length, 'kind')}, ${counted(objects, 'object')}`,
    )
  }
  const heard = views.reduce((newest, view) => Math.max(newest, view.heardAt ?? 0), 0)
  if (heard > 0 && now - heard > silentMicros) {
    return say('silent', `nothing came for ${Math.round((now - heard) / 60_000_000)} minutes, not even a bookmark`)
  }
  const sees = `watches ${counted(seen.length, 'kind')} with ${counted(objects, 'object')}`
  if (unseen.length > 0) return say('partial', `${sees}; ${unseen.length} not seen, or not at the moment`)
  return say('connected', sees)
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`

function missingOf(view: KindView, now: Micros): readonly Missing[] {
  const what = kindName(view.kind)
  if (view.phase === 'refused') return [{ what, why: view.why, mend: view.mend }]
  if (view.phase === 'cut' && now - view.since > cutForMicros) {
    return [
      { what, why: `not watched for ${Math.round((now - view.since) / 1_000_000)} s: ${view.why}`, mend: view.mend },
    ]
  }
  return view.phase === 'waiting' && view.why !== '' ? [{ what, why: view.why, mend: view.mend }] : []
}

/** One row a kind, by name: what is seen, what is not and why. */
export function kindRows(facts: Facts): readonly KindRow[] {
  const watched = facts.views.map((view) =>
    row(view.kind, view.seen, view.seen ? view.count : 0, view.seen ? '' : view.why || 'its first list is not done'),
  )
  const left = (facts.found?.plan.left ?? []).map(({ kind, why }) => row(kind, false, 0, why))
  return [...watched, ...left].sort((a, b) => (kindName(a) < kindName(b) ? -1 : 1))
}

function row(kind: Kind, seen: boolean, count: number, why: string): KindRow {
  const { group, version, resource, namespaced } = kind
  return { group, version, kind: kind.kind, resource, namespaced, seen, count, why }
}
