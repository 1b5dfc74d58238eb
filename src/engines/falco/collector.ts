/** Definitions, appends and overrides in the order of the stream (userspace/engine/rule_loader_collector.cpp). */
import type { ExceptionDefinition, ListDefinition, MacroDefinition, RuleDefinition } from './definitions.ts'
import { checkedException } from './exceptions.ts'
import { invalid, problemOf, type Subject } from './notes.ts'
import type { Place, RuleProblem } from './types.ts'

/** What of a rule an append or override changes; absent parts stay. */
export type RuleChange = Partial<
  Pick<
    RuleDefinition,
    'condition' | 'output' | 'description' | 'tags' | 'exceptions' | 'priority' | 'enabled' | 'skipUnknownFields'
  >
> & { readonly source?: string | undefined; readonly conditionPlace?: Place; readonly others?: boolean }

/** Says of a source whether it is known and of its fields whether they are. Undefined: the source is unknown. */
export type FieldsOfSource = (source: string) => ((field: string) => boolean) | undefined

export class Collector {
  readonly lists = new Map<string, ListDefinition>()
  readonly macros = new Map<string, MacroDefinition>()
  readonly rules = new Map<string, RuleDefinition>()
  readonly problems: RuleProblem[] = []
  readonly #fieldsOf: FieldsOfSource
  #next = 0

  constructor(fieldsOf: FieldsOfSource) {
    this.#fieldsOf = fieldsOf
  }

  warn = (problem: RuleProblem): void => {
    this.problems.push(problem)
  }

  /** Defines a list anew, or appends to it. A new definition keeps the position of the earlier one. */
  list(subject: Subject, items: readonly string[], append: boolean): void {
    const { name, place } = subject
    const earlier = this.lists.get(name)
    if (append && earlier === undefined) invalid(subject, `there is no earlier list "${name}" to append to`)
    const touched = this.#next++
    const all = append && earlier !== undefined ? [...earlier.items, ...items] : items
    this.lists.set(name, {
      name,
      items: all,
      index: earlier?.index ?? touched,
      touched,
      place: earlier?.place ?? place,
    })
  }

  macro(subject: Subject, condition: string, place: Place, append: boolean): void {
    const { name } = subject
    const earlier = this.macros.get(name)
    if (append && earlier === undefined) invalid(subject, `there is no earlier macro "${name}" to append to`)
    const touched = this.#next++
    const whole = append && earlier !== undefined ? `${earlier.condition} ${condition}` : condition
    this.macros.set(name, { name, condition: whole, index: earlier?.index ?? touched, touched, place })
  }

  rule(subject: Subject, definition: Omit<RuleDefinition, 'index'>): void {
    const earlier = this.#earlier(subject, definition.source)
    const fields = this.#fieldsOf(definition.source)
    if (fields === undefined) {
      const what = `source "${definition.source}" is unknown: the rule is skipped`
      this.warn(problemOf('warning', 'LOAD_UNKNOWN_SOURCE', subject, what))
    }
    const exceptions = definition.exceptions.map((one) => checkedException(one, fields ?? (() => true)))
    const index = earlier?.index ?? this.#next
    this.#next += 1
    this.rules.set(definition.name, { ...definition, exceptions, index })
  }

  append(subject: Subject, change: RuleChange): void {
    const earlier = this.#earlier(subject, change.source ?? '')
    if (earlier === undefined) invalid(subject, `there is no earlier rule "${subject.name}" to append to`)
    if (!hasChange(change)) {
      invalid(subject, 'the append has neither a condition nor exceptions')
    }
    const joined = (before: string, more: string | undefined): string =>
      more === undefined ? before : `${before} ${more}`
    this.#next += 1
    this.rules.set(subject.name, {
      ...earlier,
      condition: joined(earlier.condition, change.condition),
      output: joined(earlier.output, change.output),
      description: joined(earlier.description, change.description),
      tags: new Set([...earlier.tags, ...(change.tags ?? [])]),
      exceptions: this.#mergedExceptions(earlier, change.exceptions ?? []),
    })
  }

  replace(subject: Subject, change: RuleChange): void {
    const earlier = this.#earlier(subject, change.source ?? '')
    if (earlier === undefined) invalid(subject, `there is no earlier rule "${subject.name}" to override`)
    if (!hasChange(change)) invalid(subject, 'the override changes nothing')
    const { source: _, others: __, ...parts } = change
    this.#next += 1
    this.rules.set(subject.name, { ...earlier, ...parts })
  }

  enable(subject: Subject, enabled: boolean): void {
    const earlier = this.rules.get(subject.name)
    if (earlier === undefined) invalid(subject, `there is no earlier rule "${subject.name}" to enable or disable`)
    this.rules.set(subject.name, { ...earlier, enabled })
  }

  #earlier(subject: Subject, source: string): RuleDefinition | undefined {
    const earlier = this.rules.get(subject.name)
    if (earlier !== undefined && source !== '' && earlier.source !== source) {
      invalid(subject, `the rule is of source "${earlier.source}"; it cannot be defined again for "${source}"`)
    }
    return earlier
  }

  #mergedExceptions(earlier: RuleDefinition, more: readonly ExceptionDefinition[]): readonly ExceptionDefinition[] {
    const merged = [...earlier.exceptions]
    for (const exception of more) {
      const subject: Subject = { item: 'exception', name: exception.name, place: exception.place }
      const position = merged.findIndex(({ name }) => name === exception.name)
      const known = merged[position]
      if (known === undefined) {
        if (exception.fields === undefined) invalid(subject, 'a new exception has to have "fields"')
        if (exception.values.length === 0) invalid(subject, 'an appended exception has to have "values"')
        merged.push(checkedException(exception, this.#fieldsOf(earlier.source) ?? (() => true)))
        continue
      }
      if (exception.fields !== undefined)
        invalid(subject, '"fields" of an exception cannot be appended to, only "values"')
      if (exception.comps !== undefined)
        invalid(subject, '"comps" of an exception cannot be appended to, only "values"')
      merged[position] = { ...known, values: [...known.values, ...exception.values] }
    }
    return merged
  }
}

const hasChange = (change: RuleChange): boolean =>
  Object.entries(change).some(([key, value]) => key !== 'source' && key !== 'conditionPlace' && value !== undefined)
