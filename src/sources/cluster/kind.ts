import type { JsonObject } from '../../model/json.ts'
import type { ObjectRef } from '../../model/object.ts'

/** One kind of object that the API server offers, in the version that we read. `group` is empty for the core group. */
export interface Kind {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly resource: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

/** The kind's name as kubectl spells it: `deployments.apps`, `pods`. The same for every version. */
export const kindName = (kind: Pick<Kind, 'group' | 'resource'>): string =>
  kind.group === '' ? kind.resource : `${kind.resource}.${kind.group}`

/** The path of the kind's collection over all namespaces. */
export const collectionPath = (kind: Kind): string =>
  kind.group === '' ? `/api/${kind.version}/${kind.resource}` : `/apis/${kind.group}/${kind.version}/${kind.resource}`

/** The reference of one object of the kind. */
export const refOf = (kind: Kind, namespace: string, name: string): ObjectRef => ({
  group: kind.group,
  version: kind.version,
  kind: kind.kind,
  resource: kind.resource,
  namespace,
  name,
})

/** `apiVersion` and `kind`, which lists leave out of their items. */
export const typeOf = (kind: Kind): JsonObject => ({
  apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
  kind: kind.kind,
})
