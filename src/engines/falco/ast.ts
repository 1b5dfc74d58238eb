/** Conditions as a tree. Macros are shared sub-trees, so that it is a graph without cycles. */

export type Operand =
  | { readonly kind: 'field'; readonly name: string; readonly argument: string | undefined }
  | {
      readonly kind: 'transformer'
      readonly name: string
      readonly operands: readonly Operand[]
      readonly argument: string | undefined
    }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'tuple'; readonly operands: readonly Operand[] }

export type Right =
  | { readonly kind: 'values'; readonly values: readonly string[] }
  | { readonly kind: 'operand'; readonly operand: Operand }

export type Expression =
  | { readonly kind: 'and' | 'or'; readonly children: readonly Expression[] }
  | { readonly kind: 'not'; readonly child: Expression }
  | { readonly kind: 'macro'; readonly name: string; readonly at: number }
  | { readonly kind: 'exists'; readonly left: Operand; readonly at: number }
  | {
      readonly kind: 'compare'
      readonly left: Operand
      readonly operator: string
      readonly modifier: Modifier | undefined
      readonly right: Right
      readonly at: number
    }

export const modifiers = ['oneof', 'anyof', 'allof'] as const
export type Modifier = (typeof modifiers)[number]

/** The operand as it is written in `output_fields`. */
export const operandText = (operand: Operand): string => {
  switch (operand.kind) {
    case 'field':
      return operand.argument === undefined ? operand.name : `${operand.name}[${operand.argument}]`
    case 'transformer': {
      const call = `${operand.name}(${operand.operands.map(operandText).join(', ')})`
      return operand.argument === undefined ? call : `${call}[${operand.argument}]`
    }
    case 'literal':
      return JSON.stringify(operand.text)
    case 'tuple':
      return `(${operand.operands.map(operandText).join(', ')})`
  }
}

/** A fault in a condition or an output. `at` counts UTF-16 units from the start of the text. */
export class ConditionFault extends Error {
  readonly at: number
  /** Falco passes over these where a rule says skip-if-unknown-filter. */
  readonly unknownField: boolean
  readonly mend: string

  constructor(message: string, at: number, more: { readonly unknownField?: boolean; readonly mend?: string } = {}) {
    super(message)
    this.at = at
    this.unknownField = more.unknownField ?? false
    this.mend = more.mend ?? ''
  }
}
