import type { Severity } from './finding.ts'

/** What a rule is written in. `baseline` is our own: see rules/README.md. `sensor`: the judgement of a runtime sensor (Falco). */
export const ruleLanguages = ['sigma', 'falco', 'baseline', 'sensor'] as const
export type RuleLanguage = (typeof ruleLanguages)[number]

/** Where a rule comes from: shipped with Bulwark (ours, or a stock set of its upstream), or the user's own. */
export const ruleOrigins = ['bulwark', 'sigmahq', 'falco', 'user'] as const
export type RuleOrigin = (typeof ruleOrigins)[number]

/**
 * What a rule says about itself, whatever language it is written in. Rules of SigmaHQ are under the Detection Rule
 * License: author, license and references are shown with the rule and with what it finds.
 */
export interface RuleHead {
  /** Stable. Of Sigma and of baselines the document's id; of Falco's rules `falco:` and the name. */
  readonly id: string
  readonly title: string
  readonly language: RuleLanguage
  readonly origin: RuleOrigin
  readonly severity: Severity
  readonly description: string
  readonly author: string
  readonly license: string
  readonly references: readonly string[]
  /** As written: `attack.t1609`, `MS-TA9006`, … See {@link techniquesOf}. */
  readonly tags: readonly string[]
  readonly falsePositives: readonly string[]
  /** Why it is dangerous, what normal looks like, what to do: of our own rules; else empty. */
  readonly guide: RuleGuide
  /** File and line. */
  readonly file: string
  readonly line: number
}

/** The prose of a rule of ours, one short paragraph each. */
export interface RuleGuide {
  readonly why: string
  readonly normal: string
  readonly respond: string
}

/** Technique numbers in tags: MITRE ATT&CK (`T1609`, `T1078.004`) and Microsoft's Threat matrix for Kubernetes (`MS-TA9006`). */
export const techniquesOf = (tags: readonly string[]): readonly string[] => [
  ...new Set(
    tags.flatMap((tag) => {
      const found = /^(?:attack\.)?(t\d{4}(?:\.\d{3})?)$/i.exec(tag) ?? /^(?:threat-matrix\.)?(ms-ta\d{4})$/i.exec(tag)
      return found?.[1] === undefined ? [] : [found[1].toUpperCase()]
    }),
  ),
]

/** Whether a rule fires here, could, or cannot and why. */
export type RuleCoverage =
  | { readonly kind: 'fires'; readonly lastFired: string }
  | { readonly kind: 'could-fire' }
  | { readonly kind: 'learning'; readonly why: string }
  | { readonly kind: 'cannot'; readonly why: string; readonly mend: string }
  | { readonly kind: 'off'; readonly why: string }
