/** Macros stand in conditions as sub-trees (userspace/engine/filter_macro_resolver.cpp); equal ones are one object. */
import { ConditionFault, type Expression } from './ast.ts'
import type { MacroDefinition } from './definitions.ts'

/** Conditions are walked and run by recursion. */
const highest = 1000

interface Resolved {
  readonly expression: Expression
  readonly height: number
}

/** The macros of all files with their parsed conditions. */
export class Macros {
  readonly #parsed = new Map<string, Expression>()
  readonly #resolved = new Map<string, Resolved>()
  readonly #broken = new Set<string>()
  readonly #used = new Set<string>()

  /**
   * Parses and resolves the macros in order of definition. Each one that is at fault is told to `fault` and counts as
   * broken: what refers to it is at fault, too.
   */
  constructor(
    definitions: readonly MacroDefinition[],
    parse: (macro: MacroDefinition) => Expression,
    fault: (macro: MacroDefinition, error: ConditionFault) => void,
  ) {
    const guarded = (macro: MacroDefinition, action: () => void): void => {
      try {
        action()
      } catch (error) {
        if (!(error instanceof ConditionFault)) throw error
        this.#broken.add(macro.name)
        fault(macro, error)
      }
    }
    for (const macro of definitions) guarded(macro, () => this.#parsed.set(macro.name, parse(macro)))
    const order = new Map(definitions.map(({ name, index }) => [name, index]))
    for (const macro of definitions) {
      const parsed = this.#parsed.get(macro.name)
      if (parsed === undefined) continue
      const isVisible = (name: string): boolean => (order.get(name) ?? Number.POSITIVE_INFINITY) < macro.touched
      guarded(macro, () => this.#resolved.set(macro.name, this.#substitute(parsed, isVisible, [])))
    }
  }

  /** The condition of a rule, which sees all macros, with these put in. Throws a ConditionFault. */
  resolve(expression: Expression): Expression {
    return this.#substitute(expression, () => true, []).expression
  }

  isUsed(name: string): boolean {
    return this.#used.has(name)
  }

  #substitute(expression: Expression, isVisible: (name: string) => boolean, path: readonly string[]): Resolved {
    switch (expression.kind) {
      case 'and':
      case 'or': {
        const children = expression.children.map((child) => this.#substitute(child, isVisible, path))
        const height = raised(children.reduce((most, child) => Math.max(most, child.height), 0))
        return { expression: { ...expression, children: children.map((child) => child.expression) }, height }
      }
      case 'not': {
        const child = this.#substitute(expression.child, isVisible, path)
        return { expression: { ...expression, child: child.expression }, height: raised(child.height) }
      }
      case 'macro':
        return this.#macro(expression.name, expression.at, isVisible, path)
      default:
        return { expression, height: 1 }
    }
  }

  #macro(name: string, at: number, isVisible: (name: string) => boolean, path: readonly string[]): Resolved {
    const known = isVisible(name) ? (this.#resolved.get(name) ?? this.#parsed.get(name)) : undefined
    if (this.#broken.has(name)) throw new ConditionFault(`macro "${name}" is in error`, at)
    if (known === undefined) {
      throw new ConditionFault(
        `macro "${name}" is not defined${this.#parsed.has(name) ? ' before this one' : ''}`,
        at,
        {
          mend: 'Fields have a dot in their name; a word without one is a macro',
        },
      )
    }
    if (path.includes(name)) throw new ConditionFault(`reference loop in macro "${name}"`, at)
    this.#used.add(name)
    if ('height' in known) return known
    return this.#substitute(known, isVisible, [...path, name])
  }
}

const raised = (height: number): number => {
  if (height >= highest) throw new ConditionFault('macros are nested too deep', 0)
  return height + 1
}
