/**
 * The variables of a policy: each is evaluated when it is first used, once for each group of expressions, and may use only
 * those before it. Source: Kubernetes v1.37.2 `admission/plugin/cel/composition.go`, `cel/lazy/lazy.go`.
 */

import { quote } from '../apimachinery/quote.ts'
import { type Bindings, CelError, type CelType, type CelValue, evaluate } from '../cel/index.ts'
import { dynType, struct } from '../cel/types.ts'
import { CelObject } from '../cel/values.ts'
import { admissionEnvironment, type VariableOptions, variableType } from './environment.ts'
import { type CompiledExpression, compileExpression } from './expression.ts'

export interface NamedExpression {
  readonly name: string
  readonly expression: string
}

/** The compiled variables, and their types for the expressions that use them. */
export interface CompiledVariables {
  readonly expressions: ReadonlyMap<string, CompiledExpression>
  readonly types: ReadonlyMap<string, CelType>
}

/** Compiles variables in order. One that does not compile has the type dyn for the others. */
export function compileVariables(variables: readonly NamedExpression[], options: VariableOptions): CompiledVariables {
  const expressions = new Map<string, CompiledExpression>()
  const types = new Map<string, CelType>()
  for (const { name, expression } of variables) {
    const compiled = compileExpression(expression, admissionEnvironment({ ...options, variables: types }), [])
    expressions.set(name, compiled)
    types.set(name, compiled.kind === 'program' ? variableType(compiled.program.type) : dynType)
  }
  return { expressions, types }
}

/** `variables` as a value, for one group of expressions. */
export class VariablesValue extends CelObject {
  readonly type = struct('kubernetes.variables')
  readonly #expressions: ReadonlyMap<string, CompiledExpression>
  readonly #values = new Map<string, CelValue>()
  #bindings: Bindings = {}
  #cost = 0

  constructor(expressions: ReadonlyMap<string, CompiledExpression>) {
    super()
    this.#expressions = expressions
  }

  /** Sets what variables see; among it, this value itself. */
  bind(bindings: Bindings): void {
    this.#bindings = bindings
  }

  /** What variables have cost since the last call. */
  takeCost(): number {
    const cost = this.#cost
    this.#cost = 0
    return cost
  }

  override field(name: string): CelValue | undefined {
    const known = this.#values.get(name)
    if (known !== undefined) return known
    const expression = this.#expressions.get(name)
    if (expression === undefined) return undefined
    const value = this.#evaluate(name, expression)
    this.#values.set(name, value)
    return value
  }

  #evaluate(name: string, expression: CompiledExpression): CelValue {
    if (expression.kind === 'error') {
      return new CelError(`composited variable ${quote(name)} fails to compile: ${expression.text}`)
    }
    const { value, cost } = evaluate(expression.program, this.#bindings)
    this.#cost += cost
    return value instanceof CelError
      ? new CelError(`composited variable ${quote(name)} fails to evaluate: ${value.message}`)
      : value
  }

  equals(other: CelValue): boolean {
    return other === this
  }

  text(): string {
    return this.type.name
  }
}
