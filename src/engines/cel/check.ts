/** The type checker, after cel-go v0.29.2 `checker/checker.go`. */
import { areAssignable, isAssignable, isDynOrError, mostGeneral, Substitutions, substitute } from './assignable.ts'
import {
  type Call,
  type Comprehension,
  type Expr,
  type Ident,
  type ListLiteral,
  type MapLiteral,
  operators,
  qualifiedName,
  type Select,
  type StructLiteral,
} from './ast.ts'
import { candidateNames, type Environment, type FunctionDeclaration, globalIdent } from './environment.ts'
import { type Issue, issueAt } from './issue.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  dynType,
  errorType,
  intType,
  isDyn,
  listOf,
  mapOf,
  nullType,
  optionalOf,
  param,
  sameType,
  showType,
  stringType,
  struct,
  uintType,
} from './types.ts'
import { type CelValue, valueType } from './values.ts'

/** What a name stands for: a variable (of a fold, or of the environment), or a type. */
export interface IdentReference {
  readonly name: string
  /** True where a variable of a fold hides the name, and a leading dot asked for the one outside. */
  readonly global: boolean
}

/** Which function a call means. `member` is false where the target is a part of the function's name (`lists.range`). */
export interface CallReference {
  readonly declaration: FunctionDeclaration
  readonly member: boolean
  readonly overloads: readonly string[]
}

/** A tree whose types are known. */
export interface Checked {
  readonly types: ReadonlyMap<number, CelType>
  readonly idents: ReadonlyMap<number, IdentReference>
  readonly calls: ReadonlyMap<number, CallReference>
  readonly issues: readonly Issue[]
}

/** Checks a tree. Where `issues` is not empty the tree must not be run. */
export function check(source: string, expr: Expr, environment: Environment): Checked {
  const checker = new Checker(source, environment)
  checker.check(expr)
  const types = new Map<number, CelType>()
  for (const [id, type] of checker.types) types.set(id, substitute(checker.known, type, true))
  return { types, idents: checker.idents, calls: checker.calls, issues: checker.issues }
}

class Checker {
  readonly types = new Map<number, CelType>()
  readonly idents = new Map<number, IdentReference>()
  readonly calls = new Map<number, CallReference>()
  readonly issues: Issue[] = []
  readonly known = new Substitutions()
  readonly #source: string
  readonly #environment: Environment
  readonly #scopes: ReadonlyMap<string, CelType>[] = []
  #variables = 0

  constructor(source: string, environment: Environment) {
    this.#source = source
    this.#environment = environment
  }

  /** Sets the type of `expr` and of all below it. */
  check(expr: Expr): CelType {
    const type = this.#typeOf(expr)
    this.types.set(expr.id, type)
    return type
  }

  #typeOf(expr: Expr): CelType {
    switch (expr.kind) {
      case 'literal':
        return literalType(expr.value)
      case 'ident':
        return this.#ident(expr)
      case 'select':
        return this.#select(expr)
      case 'call':
        return this.#call(expr)
      case 'list':
        return this.#list(expr)
      case 'map':
        return this.#map(expr)
      case 'struct':
        return this.#struct(expr)
      case 'comprehension':
        return this.#comprehension(expr)
    }
  }

  #ident(expr: Ident): CelType {
    const local = this.#local(expr.name)
    if (local !== undefined) {
      this.idents.set(expr.id, { name: expr.name, global: false })
      return local
    }
    const found = this.#global(expr.name)
    if (found === undefined) return this.#undeclared(expr, expr.name)
    this.idents.set(expr.id, { name: found.name, global: true })
    return found.type
  }

  #local(name: string): CelType | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const type = this.#scopes[i]?.get(name)
      if (type !== undefined) return type
    }
    return undefined
  }

  #global(name: string): { readonly name: string; readonly type: CelType } | undefined {
    for (const candidate of candidateNames(this.#environment.container, name)) {
      const type = globalIdent(this.#environment, candidate)
      if (type !== undefined) return { name: candidate, type }
    }
    return undefined
  }

  #select(expr: Select): CelType {
    const qualified = expr.test ? undefined : qualifiedName(expr)
    if (qualified !== undefined && this.#local(qualified.split('.')[0] ?? '') === undefined) {
      const found = this.#global(qualified)
      if (found !== undefined) {
        this.idents.set(expr.id, { name: found.name, global: true })
        return found.type
      }
    }
    const type = this.#fieldOf(expr, expr.operand, expr.field, false)
    return expr.test ? boolType : substitute(this.known, type, false)
  }

  #fieldOf(expr: Expr, operand: Expr, field: string, optional: boolean): CelType {
    const operandType = substitute(this.known, this.check(operand), false)
    const inner = unwrapOptional(operandType)
    const target = inner ?? operandType
    const type = this.#fieldType(expr, target, field)
    return inner !== undefined || optional ? optionalOf(type) : type
  }

  #fieldType(expr: Expr, target: CelType, field: string): CelType {
    switch (target.kind) {
      case 'map':
        return target.params[1] ?? dynType
      case 'struct':
        return this.#structField(expr.at, target.name, field) ?? errorType
      case 'param':
        isAssignable(this.known, dynType, target)
        return dynType
      default:
        if (!isDynOrError(target)) this.#report(expr, `type '${showType(target)}' does not support field selection`)
        return dynType
    }
  }

  #structField(at: number, type: string, field: string): CelType | undefined {
    if (!this.#environment.structs.hasType(type)) {
      this.#reportAt(at, `unexpected failed resolution of '${type}'`)
      return undefined
    }
    const found = this.#environment.structs.field(type, field)
    if (found === undefined) {
      this.#reportAt(at, `undefined field '${field}'`, this.#environment.structs.fieldNames?.(type))
    }
    return found
  }

  #call(expr: Call): CelType {
    if (expr.fn === operators.optSelect) return this.#optionalSelect(expr)
    for (const arg of expr.args) this.check(arg)
    if (expr.target === undefined) {
      const declaration = this.#function(expr.fn)
      return declaration === undefined ? this.#undeclared(expr, expr.fn) : this.#resolve(expr, declaration, undefined)
    }
    const prefix = qualifiedName(expr.target)
    const qualified = prefix === undefined ? undefined : this.#function(`${prefix}.${expr.fn}`)
    if (qualified !== undefined) return this.#resolve(expr, qualified, undefined)
    this.check(expr.target)
    const declaration = this.#function(expr.fn)
    return declaration === undefined ? this.#undeclared(expr, expr.fn) : this.#resolve(expr, declaration, expr.target)
  }

  #function(name: string): FunctionDeclaration | undefined {
    for (const candidate of candidateNames(this.#environment.container, name)) {
      const found = this.#environment.functions.get(candidate)
      if (found !== undefined) return found
    }
    return undefined
  }

  #optionalSelect(expr: Call): CelType {
    const [operand, field] = expr.args
    if (operand === undefined || field?.kind !== 'literal' || typeof field.value !== 'string') {
      this.#report(expr, 'unsupported optional field selection')
      return errorType
    }
    this.types.set(field.id, stringType)
    return substitute(this.known, this.#fieldOf(expr, operand, field.value, true), false)
  }

  #resolve(expr: Call, declaration: FunctionDeclaration, target: Expr | undefined): CelType {
    const args = target === undefined ? expr.args : [target, ...expr.args]
    const types = args.map((arg) => this.#known(arg))
    if (expr.fn === operators.and || expr.fn === operators.or) return this.#resolveLogic(expr, declaration, types)
    const overloads: string[] = []
    let result: CelType | undefined
    for (const overload of declaration.overloads) {
      if (overload.member !== (target !== undefined)) continue
      const fresh = new Substitutions()
      for (const name of overload.typeParams) fresh.add(param(name), this.#newVariable())
      const params = overload.params.map((p) => substitute(fresh, p, false))
      if (!areAssignable(this.known, types, params)) continue
      overloads.push(overload.id)
      const type = substitute(this.known, substitute(fresh, overload.result, false), false)
      if (result === undefined) result = type
      else if (!isDyn(result) && !sameType(type, result)) result = dynType
    }
    if (result === undefined) {
      const shown = types.map((type) => showType(substitute(this.known, type, true)))
      const signature = target === undefined ? `(${shown.join(', ')})` : `${shown[0]}.(${shown.slice(1).join(', ')})`
      this.#report(expr, `found no matching overload for '${declaration.name}' applied to '${signature}'`)
      return errorType
    }
    this.calls.set(expr.id, { declaration, member: target !== undefined, overloads })
    return result
  }

  #resolveLogic(expr: Call, declaration: FunctionDeclaration, types: readonly CelType[]): CelType {
    let valid = true
    for (const [i, type] of types.entries()) {
      if (isAssignable(this.known, type, boolType)) continue
      this.#report(expr.args[i] ?? expr, `expected type 'bool' but found '${showType(type)}'`)
      valid = false
    }
    if (!valid) return errorType
    this.calls.set(expr.id, {
      declaration,
      member: false,
      overloads: declaration.overloads.map((overload) => overload.id),
    })
    return boolType
  }

  #list(expr: ListLiteral): CelType {
    let type: CelType | undefined
    for (const element of expr.elements) {
      this.check(element.value)
      type = this.#join(type, this.#elementType(element.value, element.optional))
    }
    return listOf(type ?? this.#newVariable())
  }

  /** The type that an element adds to its list: what is inside, for an optional one. */
  #elementType(value: Expr, optional: boolean): CelType {
    const type = this.#known(value)
    if (!optional) return type
    const inner = unwrapOptional(type)
    if (inner === undefined && !isDyn(type)) this.#mismatch(value, optionalOf(type), type)
    return inner ?? type
  }

  #map(expr: MapLiteral): CelType {
    let key: CelType | undefined
    let value: CelType | undefined
    for (const entry of expr.entries) {
      this.check(entry.key)
      key = this.#join(key, this.#known(entry.key))
      this.check(entry.value)
      value = this.#join(value, this.#elementType(entry.value, entry.optional))
    }
    return mapOf(key ?? this.#newVariable(), value ?? this.#newVariable())
  }

  #struct(expr: StructLiteral): CelType {
    const { structs } = this.#environment
    const canWrite = structs.canWrite ?? structs.hasType
    const name = candidateNames(this.#environment.container, expr.typeName).find((n) => canWrite(n))
    if (name === undefined) {
      this.#undeclared(expr, expr.typeName)
      return errorType
    }
    this.idents.set(expr.id, { name, global: true })
    for (const field of expr.fields) {
      this.check(field.value)
      const wanted = this.#structField(field.at, name, field.name) ?? errorType
      const given = this.#elementType(field.value, field.optional)
      if (isAssignable(this.known, wanted, given)) continue
      const message = `expected type of field '${field.name}' is '${showType(wanted)}' but provided type is '${showType(given)}'`
      this.#reportAt(field.at, message)
    }
    return struct(name)
  }

  #comprehension(expr: Comprehension): CelType {
    this.check(expr.range)
    const accu = this.check(expr.init)
    const range = substitute(this.known, this.#known(expr.range), false)
    this.#scopes.push(new Map([[expr.accuVar, accu]]))
    this.#scopes.push(new Map(this.#rangeVariables(expr, range)))
    this.#assert(expr.condition, boolType)
    this.#assert(expr.step, accu)
    this.#scopes.pop()
    this.check(expr.result)
    this.#scopes.pop()
    return substitute(this.known, this.#known(expr.result), false)
  }

  #rangeVariables(expr: Comprehension, range: CelType): readonly (readonly [string, CelType])[] {
    const [first = dynType, second = dynType] = this.#itemTypes(expr, range)
    if (expr.iterVar2 === undefined) return [[expr.iterVar, first]]
    return range.kind === 'list'
      ? [
          [expr.iterVar, intType],
          [expr.iterVar2, first],
        ]
      : [
          [expr.iterVar, first],
          [expr.iterVar2, second],
        ]
  }

  #itemTypes(expr: Comprehension, range: CelType): readonly CelType[] {
    if (range.kind === 'list' || range.kind === 'map') return range.params
    if (isDynOrError(range) || range.kind === 'param') {
      isAssignable(this.known, dynType, range)
      return [dynType, dynType]
    }
    const shown = showType(range)
    this.#report(
      expr.range,
      `expression of type '${shown}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    )
    return [errorType, errorType]
  }

  #join(previous: CelType | undefined, current: CelType): CelType {
    if (previous === undefined) return current
    if (isAssignable(this.known, previous, current)) return mostGeneral(previous, current)
    return dynType
  }

  #assert(expr: Expr, wanted: CelType): void {
    const type = this.check(expr)
    if (!isAssignable(this.known, wanted, type)) this.#mismatch(expr, wanted, type)
  }

  #known(expr: Expr): CelType {
    return this.types.get(expr.id) ?? dynType
  }

  #newVariable(): CelType {
    return param(`_var${this.#variables++}`)
  }

  #mismatch(at: Expr, wanted: CelType, found: CelType): void {
    this.#report(at, `expected type '${showType(wanted)}' but found '${showType(found)}'`)
  }

  #undeclared(at: Expr, name: string): CelType {
    const message = `undeclared reference to '${name}' (in container '${this.#environment.container}')`
    const { variables, functions } = this.#environment
    this.#reportAt(at.at, message, [...(at.kind === 'call' ? functions : variables).keys()])
    return errorType
  }

  #report(at: Expr, message: string): void {
    this.#reportAt(at.at, message)
  }

  #reportAt(at: number, message: string, candidates?: readonly string[]): void {
    if (this.issues.length < 100) this.issues.push(issueAt(this.#source, at, message, candidates))
  }
}

const unwrapOptional = (type: CelType): CelType | undefined =>
  type.kind === 'opaque' && type.name === 'optional_type' ? type.params[0] : undefined

function literalType(value: CelValue): CelType {
  const type = valueType(value)
  return [boolType, bytesType, doubleType, intType, nullType, stringType, uintType].includes(type) ? type : errorType
}
