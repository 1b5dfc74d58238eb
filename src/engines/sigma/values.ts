import type { Comparison, PatternPart, TimePart } from '../../model/predicate.ts'

/** A value of a rule on its way through its modifiers. */
export type RuleValue =
  /** `bytes`: the texts are byte strings. `raw`: as it was written, for regular expressions. */
  | {
      readonly kind: 'text'
      readonly parts: readonly PatternPart[]
      readonly raw: string
      readonly cased: boolean
      readonly bytes: boolean
    }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'cidr'; readonly cidr: string }
  | { readonly kind: 'compare'; readonly comparison: Comparison; readonly number: number }
  | { readonly kind: 'time'; readonly part: TimePart; readonly comparison: Comparison; readonly number: number }
  | { readonly kind: 'exists'; readonly exists: boolean }
  | {
      readonly kind: 'field'
      readonly name: string
      readonly starts: boolean
      readonly ends: boolean
      readonly cased: boolean
    }

export type TextValue = Extract<RuleValue, { readonly kind: 'text' }>
