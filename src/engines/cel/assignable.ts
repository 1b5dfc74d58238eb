/** Which type can stand for which, and what type variables then stand for. After cel-go v0.29.2 `checker/types.go`. */
import { acceptsType, CelType, dynType, isDyn, nullType, sameType } from './types.ts'

/** What type variables stand for. Changes made by a failed attempt are taken back. */
export class Substitutions {
  readonly #types = new Map<string, CelType>()
  readonly #undo: (readonly [string, CelType | undefined])[] = []

  find(type: CelType): CelType | undefined {
    return type.kind === 'param' ? this.#types.get(type.name) : undefined
  }

  add(variable: CelType, type: CelType): void {
    this.#undo.push([variable.name, this.#types.get(variable.name)])
    this.#types.set(variable.name, type)
  }

  /** Runs `attempt`; where it fails, everything it added is forgotten. */
  attempt(attempt: () => boolean): boolean {
    const mark = this.#undo.length
    if (attempt()) return true
    while (this.#undo.length > mark) {
      const [name, before] = this.#undo.pop() ?? ['', undefined]
      if (before === undefined) this.#types.delete(name)
      else this.#types.set(name, before)
    }
    return false
  }
}

/** True where a value of type `b` can be used as an `a`; remembers what type variables must be for that. */
export const isAssignable = (known: Substitutions, a: CelType, b: CelType): boolean =>
  known.attempt(() => assignable(known, a, b))

export const areAssignable = (known: Substitutions, a: readonly CelType[], b: readonly CelType[]): boolean =>
  known.attempt(() => allAssignable(known, a, b))

function assignable(known: Substitutions, a: CelType, b: CelType): boolean {
  if (b.kind === 'param') {
    const [valid, bound] = bindable(known, a, b)
    if (valid) return true
    if (bound) return false
  }
  if (a.kind === 'param') return bindable(known, b, a)[0]
  if (isDynOrError(a) || isDynOrError(b)) return true
  if (a.kind === 'null') return isNullable(b)
  if (b.kind === 'null') return isNullable(a)
  switch (a.kind) {
    case 'type':
      return b.kind === 'type'
    case 'opaque':
    case 'list':
    case 'map':
      return a.kind === b.kind && a.name === b.name && allAssignable(known, a.params, b.params)
    default:
      return acceptsType(b, a)
  }
}

function allAssignable(known: Substitutions, a: readonly CelType[], b: readonly CelType[]): boolean {
  return a.length === b.length && a.every((type, i) => assignable(known, type, b[i] ?? dynType))
}

/** Whether the type variable can be `type`, and whether it already stood for something. */
function bindable(known: Substitutions, type: CelType, variable: CelType): readonly [valid: boolean, bound: boolean] {
  if (type.kind === variable.kind && sameType(type, variable)) return [true, true]
  const bound = known.find(variable)
  if (bound !== undefined) {
    if (type.kind === bound.kind && sameType(type, bound)) return [true, true]
    if (!assignable(known, type, bound)) return [false, true]
    const wider = mostGeneral(type, bound)
    if (notWithin(known, variable, wider)) known.add(variable, wider)
    return [true, true]
  }
  if (!notWithin(known, variable, type)) return [false, false]
  known.add(variable, type)
  return [true, false]
}

/** The less specific of two types of which one can stand for the other. */
export const mostGeneral = (a: CelType, b: CelType): CelType => (isLessSpecific(a, b) ? a : b)

function isLessSpecific(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === 'param') return true
  if (isDyn(b) || b.kind === 'param' || a.kind !== b.kind) return false
  switch (a.kind) {
    case 'opaque':
      if (a.name !== b.name || a.params.length !== b.params.length) return false
      return a.params.every((p, i) => isLessSpecific(p, b.params[i] ?? dynType))
    case 'list':
    case 'map':
      return a.params.every((p, i) => isLessSpecific(p, b.params[i] ?? dynType))
    case 'type':
      return true
    default:
      return sameType(a, b)
  }
}

/** The occurs check: a type variable never stands for a type that holds it. */
function notWithin(known: Substitutions, variable: CelType, type: CelType): boolean {
  if (sameType(variable, type)) return false
  if (type.kind === 'param') {
    const bound = known.find(type)
    return bound === undefined || notWithin(known, variable, bound)
  }
  return type.params.every((p) => notWithin(known, variable, p))
}

/** The type with its variables replaced by what they stand for; free ones become dyn where `freeToDyn`. */
export function substitute(known: Substitutions, type: CelType, freeToDyn: boolean): CelType {
  const bound = known.find(type)
  if (bound !== undefined) return substitute(known, bound, freeToDyn)
  if (type.kind === 'param') return freeToDyn ? dynType : type
  if (type.params.length === 0) return type
  const params = type.params.map((p) => substitute(known, p, freeToDyn))
  return params.every((p, i) => p === type.params[i]) ? type : new CelType(type.kind, type.name, params)
}

const nullableKinds: ReadonlySet<string> = new Set(['opaque', 'struct', 'any', 'duration', 'timestamp'])
const isNullable = (type: CelType): boolean => nullableKinds.has(type.kind) || acceptsType(type, nullType)
export const isDynOrError = (type: CelType): boolean => isDyn(type) || type.kind === 'error'
