/** Rules files to rules that are ready to run (userspace/engine/rule_loader_compiler.cpp, falco 130747499bb8). */
import { ConditionFault, type Expression, type Operand, operandText } from './ast.ts'
import { compareTest } from './check.ts'
import { Collector } from './collector.ts'
import type { RuleDefinition } from './definitions.ts'
import { withExceptions } from './exceptions.ts'
import { extractionOf } from './extraction.ts'
import { Lists } from './lists.ts'
import { Macros } from './macros.ts'
import { LoadFault, problemOf, type Subject } from './notes.ts'
import { type Output, parseOutput } from './output.ts'
import { parseCondition } from './parse-condition.ts'
import { readRulesFile } from './read-file.ts'
import { checkSyscallFields, fieldsOfSource, servedSource } from './source-fields.ts'
import type { FalcoRule, ProblemCode, RuleProblem, RulesFile } from './types.ts'

/** A rule that can be run over events. */
export interface ServedRule {
  readonly rule: FalcoRule
  readonly condition: Expression
  readonly output: Output
}

export interface LoadedRules {
  /** All rules of all files, in order of their first definition. */
  readonly rules: readonly FalcoRule[]
  /** Those of source k8s_audit that have no fault, enabled or not. */
  readonly served: readonly ServedRule[]
  /** Errors, for which Falco would not start, and warnings. */
  readonly problems: readonly RuleProblem[]
}

/**
 * Loads rules files in order. What is in error is reported and left out; the rest is ready to run, so that a caller who
 * wants Falco's strictness refuses when there is an error. Never throws for what the files hold.
 */
export const loadFalcoRules = (files: readonly RulesFile[]): LoadedRules => {
  const collector = new Collector(fieldsOfSource)
  for (const file of files) readRulesFile(file, collector)
  return new Compiler(collector).run()
}

class Compiler {
  readonly #collector: Collector
  readonly #lists: Lists
  readonly #macros: Macros
  readonly #problems: RuleProblem[]
  /** Checks and fields that are known to compile: rules share many. */
  readonly #checked = new Set<string>()
  /** Parts of conditions that were checked, for each source. */
  readonly #walked = { served: new Set<Expression>(), syscall: new Set<Expression>() }

  constructor(collector: Collector) {
    this.#collector = collector
    this.#problems = collector.problems
    this.#lists = new Lists(inOrder(collector.lists))
    this.#macros = new Macros(
      inOrder(collector.macros),
      (macro) => this.#parse(macro.condition),
      (macro, fault) => {
        // A fault of the text is one of the condition, a fault of the reference one of the macro.
        const code = this.#isParsed(macro.condition) ? 'LOAD_ERR_VALIDATE' : 'LOAD_ERR_COMPILE_CONDITION'
        this.#fault(code, { item: 'macro', name: macro.name, place: macro.place }, fault, macro.condition)
      },
    )
  }

  run(): LoadedRules {
    const rules: FalcoRule[] = []
    const served: ServedRule[] = []
    for (const definition of inOrder(this.#collector.rules)) {
      const compiled = this.#rule(definition)
      rules.push(compiled.rule)
      if (compiled.condition !== undefined && compiled.output !== undefined) {
        served.push({ rule: compiled.rule, condition: compiled.condition, output: compiled.output })
      }
    }
    for (const macro of inOrder(this.#collector.macros)) {
      if (this.#macros.isUsed(macro.name)) continue
      const subject: Subject = { item: 'macro', name: macro.name, place: macro.place }
      this.#problems.push(problemOf('warning', 'LOAD_UNUSED_MACRO', subject, 'no rule or macro refers to the macro'))
    }
    for (const name of this.#lists.unused()) {
      const place = this.#collector.lists.get(name)?.place ?? { file: '', line: 1, column: 1 }
      this.#problems.push(
        problemOf(
          'warning',
          'LOAD_UNUSED_LIST',
          { item: 'list', name, place },
          'no rule, macro or list refers to the list',
        ),
      )
    }
    return { rules, served, problems: this.#problems }
  }

  #rule(definition: RuleDefinition): { rule: FalcoRule; condition?: Expression; output?: Output } {
    const subject: Subject = { item: 'rule', name: definition.name, place: definition.place }
    const isServed = definition.source === servedSource
    const rule = (state: FalcoRule['state'], condition = definition.condition): FalcoRule => ({
      name: definition.name,
      description: definition.description,
      priority: definition.priority,
      source: definition.source,
      tags: [...definition.tags].sort(),
      enabled: definition.enabled,
      condition,
      output: definition.output,
      state,
      ...definition.place,
    })
    if (!isServed && definition.source !== 'syscall') return { rule: rule('unknown source') }
    let text = definition.condition
    try {
      text = withExceptions(definition.condition, definition.exceptions)
      const output = this.#output(definition, isServed)
      const condition = this.#condition(definition, text, subject, isServed)
      if (!isServed) return { rule: rule('source not served', text) }
      return { rule: rule('served', text), condition, output }
    } catch (error) {
      if (error instanceof Skipped) return { rule: rule('skipped: unknown field', text) }
      if (!(error instanceof LoadFault)) throw error
      this.#problems.push(error.problem)
      return { rule: rule('in error', text) }
    }
  }

  #output({ output, outputPlace, name, skipUnknownFields }: RuleDefinition, isServed: boolean): Output {
    try {
      return parseOutput(output, (operand) => this.#operand(operand, 0, isServed))
    } catch (error) {
      if (!(error instanceof ConditionFault)) throw error
      const subject: Subject = { item: 'rule', name, place: outputPlace }
      return this.#refuse('LOAD_ERR_COMPILE_OUTPUT', subject, error, output, skipUnknownFields)
    }
  }

  #condition(definition: RuleDefinition, text: string, subject: Subject, isServed: boolean): Expression {
    const at = { ...subject, place: definition.conditionPlace }
    let condition: Expression
    try {
      condition = this.#parse(text)
    } catch (error) {
      if (!(error instanceof ConditionFault)) throw error
      return this.#refuse('LOAD_ERR_COMPILE_CONDITION', at, error, text, false)
    }
    try {
      condition = this.#macros.resolve(condition)
    } catch (error) {
      if (!(error instanceof ConditionFault)) throw error
      return this.#refuse('LOAD_ERR_VALIDATE', at, error, text, false)
    }
    try {
      this.#check(condition, isServed)
    } catch (error) {
      if (!(error instanceof ConditionFault)) throw error
      return this.#refuse('LOAD_ERR_COMPILE_CONDITION', at, error, text, definition.skipUnknownFields)
    }
    if (isServed && comparesWithNa(condition, new Set())) {
      const what = 'the condition compares a field with "<NA>", which no value of an event is'
      this.#problems.push(problemOf('warning', 'LOAD_UNSAFE_NA_CHECK', at, what, 'Use exists'))
    }
    return condition
  }

  #parse(condition: string): Expression {
    const text = this.#lists.expand(condition)
    if (text === undefined) throw new ConditionFault('the condition is too long once its lists are put in', 0)
    return parseCondition(text)
  }

  #isParsed(condition: string): boolean {
    try {
      this.#parse(condition)
      return true
    } catch (error) {
      if (error instanceof ConditionFault) return false
      throw error
    }
  }

  /** Compiles every check of a condition once. */
  #check(expression: Expression, isServed: boolean): void {
    const walked = isServed ? this.#walked.served : this.#walked.syscall
    if (walked.has(expression)) return
    switch (expression.kind) {
      case 'and':
      case 'or':
        for (const child of expression.children) this.#check(child, isServed)
        break
      case 'not':
        this.#check(expression.child, isServed)
        break
      case 'exists':
        this.#operand(expression.left, expression.at, isServed)
        break
      case 'compare':
        this.#comparison(expression, isServed)
        break
      case 'macro':
        throw new ConditionFault(`macro "${expression.name}" is not defined`, expression.at)
    }
    walked.add(expression)
  }

  #comparison(expression: Extract<Expression, { kind: 'compare' }>, isServed: boolean): void {
    const { left, operator, modifier, right, at } = expression
    this.#operand(left, at, isServed)
    if (right.kind === 'operand') this.#operand(right.operand, at, isServed)
    if (!isServed) return
    const key = JSON.stringify([operandText(left), operator, modifier, right])
    if (this.#checked.has(key)) return
    try {
      const against =
        right.kind === 'values' ? right : { kind: 'extraction' as const, extraction: extractionOf(right.operand, at) }
      compareTest({ left: extractionOf(left, at), operator, modifier, against })
    } catch (error) {
      if (!(error instanceof ConditionFault)) throw error
      const { message, unknownField, mend } = error
      throw new ConditionFault(`${operandText(left)}: ${message}`, at, { unknownField, mend })
    }
    this.#checked.add(key)
  }

  #operand(operand: Operand, at: number, isServed: boolean): void {
    const key = `${isServed} ${operandText(operand)}`
    if (this.#checked.has(key)) return
    if (isServed) extractionOf(operand, at)
    else checkSyscallFields(operand, at)
    this.#checked.add(key)
  }

  #refuse(code: ProblemCode, subject: Subject, fault: ConditionFault, text: string, skipUnknown: boolean): never {
    const what = located(fault, text)
    if (fault.unknownField && skipUnknown) {
      this.#problems.push(
        problemOf('warning', 'LOAD_UNKNOWN_FILTER', subject, `${what}: the rule is skipped`, fault.mend),
      )
      throw new Skipped()
    }
    throw new LoadFault(problemOf('error', code, subject, what, fault.mend))
  }

  #fault(code: ProblemCode, subject: Subject, fault: ConditionFault, text: string): void {
    this.#problems.push(problemOf('error', code, subject, located(fault, text), fault.mend))
  }
}

class Skipped extends Error {}

const inOrder = <T extends { readonly index: number }>(definitions: ReadonlyMap<string, T>): readonly T[] =>
  [...definitions.values()].sort((one, two) => one.index - two.index)

/** The message with what stands in the text before the fault. Lists are in place by then, so that it is only near. */
const located = ({ message, at }: ConditionFault, text: string): string => {
  const near = text.slice(Math.max(0, at - 30), at + 10).replaceAll(/\s+/g, ' ')
  return near === '' ? message : `${message} (near "${near.trim()}")`
}

const equalities = new Set(['=', '==', '!=', 'in', 'intersects', 'pmatch'])

const comparesWithNa = (expression: Expression, seen: Set<Expression>): boolean => {
  if (seen.has(expression)) return false
  seen.add(expression)
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.children.some((child) => comparesWithNa(child, seen))
    case 'not':
      return comparesWithNa(expression.child, seen)
    case 'compare': {
      const isOurs = expression.left.kind === 'field' && /^(?:ka|jevt)\./.test(expression.left.name)
      const { right } = expression
      return isOurs && equalities.has(expression.operator) && right.kind === 'values' && right.values.includes('<NA>')
    }
    default:
      return false
  }
}
