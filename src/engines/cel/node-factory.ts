/** Makes the nodes of a syntax tree. */
import type { Call, Comprehension, Expr } from './ast.ts'
import type { CelValue } from './values.ts'

/** optMap doubles its target, so a chain of them would grow without bound; the source itself is at most 100,000 long. */
const maxNodes = 400_000

/** Leaves the parser at the first fault of grammar: unlike ANTLR there is no recovery, so one such fault is reported. */
export class SyntaxFault extends Error {
  readonly at: number
  /** Where a fault without a place of its own was met. */
  readonly near: number

  constructor(at: number, message: string, near = at) {
    super(message)
    this.at = at
    this.near = near
  }
}

/** Makes nodes with fresh ids. */
export class NodeFactory {
  nextId = 1
  #at = 0

  /** The same factory, with `at` as the place of nodes that a macro makes. */
  at(at: number): this {
    this.#at = at
    return this
  }

  newId(): number {
    if (this.nextId > maxNodes)
      throw new SyntaxFault(-1, `expression has more than ${maxNodes} nodes after macro expansion`, this.#at)
    return this.nextId++
  }

  literal(at: number, value: CelValue): Expr {
    return { kind: 'literal', id: this.newId(), at, value }
  }

  ident(at: number, name: string): Expr {
    return { kind: 'ident', id: this.newId(), at, name }
  }

  select(at: number, operand: Expr, field: string, test: boolean): Expr {
    return { kind: 'select', id: this.newId(), at, operand, field, test }
  }

  call(at: number, fn: string, target: Expr | undefined, args: readonly Expr[]): Call {
    return { kind: 'call', id: this.newId(), at, fn, target, args }
  }

  /** A literal made by a macro. */
  value(value: CelValue): Expr {
    return this.literal(this.#at, value)
  }

  name(name: string): Expr {
    return this.ident(this.#at, name)
  }

  apply(fn: string, ...args: readonly Expr[]): Expr {
    return this.call(this.#at, fn, undefined, args)
  }

  applyTo(target: Expr, fn: string, ...args: readonly Expr[]): Expr {
    return this.call(this.#at, fn, target, args)
  }

  list(...elements: readonly Expr[]): Expr {
    const items = elements.map((value) => ({ value, optional: false }))
    return { kind: 'list', id: this.newId(), at: this.#at, elements: items }
  }

  emptyMap(): Expr {
    return { kind: 'map', id: this.newId(), at: this.#at, entries: [] }
  }

  presence(operand: Expr, field: string): Expr {
    return this.select(this.#at, operand, field, true)
  }

  fold(parts: Omit<Comprehension, 'kind' | 'id' | 'at' | 'macro'>): Expr {
    return { kind: 'comprehension', id: this.newId(), at: this.#at, ...parts }
  }

  /** The same tree with fresh ids, for a macro that uses an argument twice. */
  copy(expr: Expr): Expr {
    const id = this.newId()
    switch (expr.kind) {
      case 'literal':
      case 'ident':
        return { ...expr, id }
      case 'select':
        return { ...expr, id, operand: this.copy(expr.operand) }
      case 'call': {
        const target = expr.target === undefined ? undefined : this.copy(expr.target)
        return { ...expr, id, target, args: expr.args.map((arg) => this.copy(arg)) }
      }
      case 'list':
        return { ...expr, id, elements: expr.elements.map((e) => ({ ...e, value: this.copy(e.value) })) }
      case 'map': {
        const entries = expr.entries.map((e) => ({
          ...e,
          id: this.newId(),
          key: this.copy(e.key),
          value: this.copy(e.value),
        }))
        return { ...expr, id, entries }
      }
      case 'struct':
        return { ...expr, id, fields: expr.fields.map((f) => ({ ...f, id: this.newId(), value: this.copy(f.value) })) }
      case 'comprehension':
        return {
          ...expr,
          id,
          range: this.copy(expr.range),
          init: this.copy(expr.init),
          condition: this.copy(expr.condition),
          step: this.copy(expr.step),
          result: this.copy(expr.result),
        }
    }
  }
}
