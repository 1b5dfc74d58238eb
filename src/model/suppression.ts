/** How a suppression is doing, told from its count, its expiry and what it matches. */
export const suppressionStates = ['active', 'unused', 'expired', 'too-broad', 'never-matching', 'invalid'] as const
export type SuppressionState = (typeof suppressionStates)[number]

/** Where a suppression is kept: made on the page, a file of the user's, an object in the cluster. */
export const suppressionOrigins = ['page', 'file', 'cluster'] as const
export type SuppressionOrigin = (typeof suppressionOrigins)[number]

/** An exception: detections of these rules that the query means make no case. They are counted, not lost. */
export interface SuppressionSpec {
  readonly name: string
  /** Rule ids; empty: any rule. */
  readonly rules: readonly string[]
  /** A query text over the event that fired (see `parseQuery`): `user:system:serviceaccount:argocd:* ns:argocd`. Empty: any. */
  readonly query: string
  readonly owner: string
  readonly reason: string
  /** RFC 3339. Every suppression ends. */
  readonly expires: string
}

export interface Suppression extends SuppressionSpec {
  readonly id: string
  readonly origin: SuppressionOrigin
  /** File and line, or the object's name; empty for `page`. */
  readonly where: string
  readonly state: SuppressionState
  /** Why it is in this state, for a person; empty where all is well. Of an active one: which of its rules are not there. */
  readonly why: string
  readonly created: string
  readonly uses: number
  /** RFC 3339; undefined where it never was. */
  readonly lastUsed: string | undefined
}
