/** What a self-test, which acts out what rules look for, found of a rule. */

/** The worst first. */
export const selftestKinds = ['failed', 'cannot', 'replayed', 'fired'] as const
export type SelftestKind = (typeof selftestKinds)[number]

export const isSelftestKind = (text: string): text is SelftestKind => selftestKinds.some((kind) => kind === text)

/**
 * `fired`: from the act to the detection, which took so many seconds. `replayed`: on its own tests alone. `cannot`: it
 * could not fire, as things are. `failed`: it could have, and did not.
 */
export type SelftestFound =
  | { readonly kind: 'fired'; readonly seconds: number }
  | { readonly kind: Exclude<SelftestKind, 'fired'> }

/** The last result of a rule. */
export type RuleSelftest = SelftestFound & {
  /** How, or why not, for a person; empty where there is no more to say. */
  readonly why: string
  /** Id of the act that was done for it; empty where none was. */
  readonly act: string
  /** RFC 3339. */
  readonly at: string
  /** Who ran it. */
  readonly by: string
  /** The rule, or one whose events it counts, has been changed since: as it is now nobody tried it. */
  readonly isOutdated: boolean
}
