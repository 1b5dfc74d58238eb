import type { Place, Priority } from './types.ts'

/** A list as files define it. `touched`: its last definition or append, in the order of the stream. */
export interface ListDefinition {
  readonly name: string
  readonly items: readonly string[]
  readonly index: number
  readonly touched: number
  readonly place: Place
}

/** A macro as files define it. It sees the macros whose first definition came before `touched`. */
export interface MacroDefinition {
  readonly name: string
  readonly condition: string
  readonly index: number
  readonly touched: number
  readonly place: Place
}

/** A rule as files define it, with its appends and overrides. */
export interface RuleDefinition {
  readonly name: string
  readonly condition: string
  readonly output: string
  readonly description: string
  readonly priority: Priority
  readonly source: string
  readonly enabled: boolean
  readonly tags: ReadonlySet<string>
  readonly exceptions: readonly ExceptionDefinition[]
  readonly skipUnknownFields: boolean
  readonly index: number
  readonly place: Place
  readonly conditionPlace: Place
  readonly outputPlace: Place
}

/** A text, or a list of such. */
export type ExceptionEntry =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly ExceptionEntry[] }

export interface ExceptionDefinition {
  readonly name: string
  readonly fields: ExceptionEntry | undefined
  readonly comps: ExceptionEntry | undefined
  readonly values: readonly ExceptionEntry[]
  readonly place: Place
}
