/**
 * A condition over one JSON event, as data: what a detection rule asks, apart from the language it was written in. The
 * engine that compiled the rule evaluates it on a record; the store turns the same tree into SQL.
 */

/** A text with wildcards. Neighbouring texts are joined; an empty list is the empty text. */
export type PatternPart =
  | { readonly text: string }
  /** `any`: any run of characters, also none. `one`: exactly one character (code point). Both also match newlines. */
  | { readonly wildcard: 'any' | 'one' }

export type Comparison = '=' | '<' | '<=' | '>' | '>='

export const timeParts = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const
export type TimePart = (typeof timeParts)[number]

/**
 * A pattern has to fit the whole text, a regular expression (RE2) is searched in it. Where `cased` is false both sides
 * are compared by Unicode's simple case folding.
 */
export type TextTest =
  | { readonly kind: 'pattern'; readonly parts: readonly PatternPart[]; readonly cased: boolean }
  /** `source` with its flags in front, as in `(?is)a.b`. */
  | { readonly kind: 'regex'; readonly source: string }

/** What one value of a field is tested for. Texts of numbers and booleans are those of JSON. */
export type ValueTest =
  | TextTest
  /** A JSON number, or a text that is one. */
  | { readonly kind: 'number'; readonly comparison: Comparison; readonly number: number }
  /** A part of an RFC 3339 text, in UTC; weeks are those of ISO 8601. */
  | {
      readonly kind: 'time'
      readonly part: TimePart
      readonly comparison: Comparison
      readonly number: number
    }
  /** An address inside the range; an IPv4 address written as IPv6 also counts as the IPv4 address. */
  | { readonly kind: 'cidr'; readonly cidr: string }
  /** There, and not null: also an object, a list, an empty text. */
  | { readonly kind: 'value' }
  /** Not there, or null. */
  | { readonly kind: 'null' }
  /** There, also null (`exists` true), or not there. */
  | { readonly kind: 'exists'; readonly exists: boolean }

/**
 * Names of a field: dotted paths, of which each is looked for. A name that is a key of the event itself is that key.
 * Else every way to cut the path into keys is followed (keys may hold dots: `annotations.authorization.k8s.io/decision`)
 * and lists on the way are walked, one level deep. Of a list that the path ends in, each element is a value.
 */
export type FieldNames = readonly string[]

export type Predicate =
  | { readonly kind: 'all'; readonly terms: readonly Predicate[] }
  | { readonly kind: 'any'; readonly terms: readonly Predicate[] }
  | { readonly kind: 'not'; readonly term: Predicate }
  /** True where some value of the field passes some test. */
  | { readonly kind: 'field'; readonly field: FieldNames; readonly tests: readonly ValueTest[] }
  /** True where the JSON text of the event, or a text in it (value or key) passes the test. */
  | { readonly kind: 'anywhere'; readonly test: TextTest }
  /** True where some value of `field` is equal to (or starts, ends with, holds) some value of `other`. */
  | {
      readonly kind: 'fields'
      readonly field: FieldNames
      readonly other: FieldNames
      readonly how: 'equal' | 'starts' | 'ends' | 'contains'
      readonly cased: boolean
    }

/** That a field has one of some texts, in just these letters. */
export const fieldIs = (field: string, texts: readonly string[]): Predicate => ({
  kind: 'field',
  field: [field],
  tests: texts.map((text) => ({ kind: 'pattern', parts: [{ text }], cased: true })),
})

/** The RE2 expression of a pattern. */
export const patternRegex = (parts: readonly PatternPart[], cased: boolean): string =>
  `(?s${cased ? '' : 'i'})^${parts.map(partRegex).join('')}$`

const partRegex = (part: PatternPart): string =>
  'text' in part ? part.text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&') : part.wildcard === 'any' ? '.*' : '.'
