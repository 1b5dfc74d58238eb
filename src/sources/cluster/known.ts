import type { Change, KubernetesObject, ObjectRef } from '../../model/object.ts'
import type { Received } from './body.ts'
import type { Version } from './hand-over.ts'
import { type Kind, refOf, typeOf } from './kind.ts'

/** What is remembered of an object to tell what changed at a new list: no body, some 200 bytes. */
export interface Known {
  readonly resourceVersion: string
  readonly namespace: string
  readonly name: string
}

/** Gives the last body that the record has of an object, for the version that says it is gone. */
export type LastKnown = (ref: ObjectRef, uid: string) => KubernetesObject | undefined

/** The objects of one kind by uid. It remembers a version at once: handing over is tried until it succeeds. */
export interface Inventory {
  readonly size: number
  all(): ReadonlyMap<string, Known>
  /** The version of an object seen in a watch; undefined when it was handed over before. */
  fromWatch(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Received): Version | undefined
  /** Begins a list: what of it is new goes out page by page, what it no longer has at its end. */
  beginList(first: boolean): ListDifference
  /** Versions that say that everything is gone, because its kind is. */
  removeAll(): readonly Version[]
}

export interface ListDifference {
  page(items: readonly Received[]): readonly Version[]
  /** The objects that no page had. */
  rest(): readonly Version[]
}

/** @param before objects handed over in an earlier run or under another version of the kind */
export function inventory(kind: Kind, before: ReadonlyMap<string, Known>, lastKnown: LastKnown): Inventory {
  const known = new Map(before)

  const forget = (uid: string, object: Known): Version => {
    known.delete(uid)
    const { name, namespace, resourceVersion } = object
    const ref = refOf(kind, namespace, name)
    const metadata = { name, ...(namespace === '' ? {} : { namespace }), uid, resourceVersion }
    const body = lastKnown(ref, uid) ?? { ...typeOf(kind), metadata }
    return { ref, uid, resourceVersion, change: 'deleted', synthesised: true, body }
  }

  const version = (object: Received, change: Change, synthesised: boolean): Version => {
    const { uid, resourceVersion, namespace, name, body } = object
    if (change === 'deleted') known.delete(uid)
    else known.set(uid, { resourceVersion, namespace, name })
    return { ref: refOf(kind, namespace, name), uid, resourceVersion, change, synthesised, body }
  }

  return {
    get size() {
      return known.size
    },
    all: () => known,
    fromWatch(type, object) {
      const have = known.get(object.uid)
      if (type === 'DELETED') return version(object, 'deleted', false)
      if (have?.resourceVersion === object.resourceVersion && have.resourceVersion !== '') return undefined
      return version(object, have === undefined ? 'added' : 'modified', false)
    },
    beginList(first) {
      const unseen = new Map(known)
      const uids = new Map([...known].map(([uid, object]) => [keyOf(object), uid]))
      return {
        page: (items) =>
          items.flatMap((item) => {
            const have = known.get(item.uid)
            unseen.delete(item.uid)
            if (have) return have.resourceVersion === item.resourceVersion ? [] : [version(item, 'modified', true)]
            // The same name with another uid: the old object went before the new one came.
            const oldUid = uids.get(keyOf(item))
            const old = oldUid === undefined ? undefined : unseen.get(oldUid)
            const fresh = version(item, first ? 'listed' : 'added', !first)
            if (oldUid === undefined || old === undefined) return [fresh]
            unseen.delete(oldUid)
            return [forget(oldUid, old), fresh]
          }),
        rest: () => [...unseen].map(([uid, object]) => forget(uid, object)),
      }
    },
    removeAll: () => [...known].map(([uid, object]) => forget(uid, object)),
  }
}

const keyOf = (object: { readonly namespace: string; readonly name: string }): string =>
  `${object.namespace}/${object.name}`
