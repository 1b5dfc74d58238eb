/** Exceptions of a rule: read, checked, and put into its condition (rule_loader_reader.cpp, _collector.cpp, _compiler.cpp). */
import { modifiers } from './ast.ts'
import type { ExceptionDefinition, ExceptionEntry } from './definitions.ts'
import { invalid, malformed, problemOf, type Subject } from './notes.ts'
import { listOperators, operators, textOperators } from './parse-condition.ts'
import { type Mapping, requiredText } from './read-values.ts'
import type { RuleProblem } from './types.ts'
import type { YamlNode } from './yaml-node.ts'

/** A condition with its exceptions may not be longer: aliases can make texts that fill any memory. */
const longestCondition = 4_000_000

/** Reads `exceptions` of an item. Null and absent are none. */
export const readExceptions = (
  item: Mapping,
  subject: Subject,
  isAppend: boolean,
  warn: (problem: RuleProblem) => void,
): readonly ExceptionDefinition[] => {
  const node = item.entries.get('exceptions')
  if (node === undefined || node.kind === 'null') return []
  if (node.kind !== 'sequence') return malformed({ ...subject, place: node.place }, '"exceptions" is not a list')
  const names = new Set<string>()
  return node.items.map((one) => {
    const unnamed: Subject = { item: 'exception', name: '', place: one.place }
    if (one.kind !== 'mapping') return malformed(unnamed, 'an exception is not a mapping')
    const name = requiredText(one, 'name', unnamed)
    const at: Subject = { ...unnamed, name }
    if (names.has(name)) {
      warn(
        problemOf(
          'warning',
          'LOAD_EXCEPTION_NAME_NOT_UNIQUE',
          at,
          `there are several exceptions "${name}" in the rule`,
        ),
      )
    }
    names.add(name)
    const fields = one.entries.get('fields')
    if (fields === undefined && !isAppend) malformed(at, 'there is no "fields"')
    const comps = one.entries.get('comps')
    const values = one.entries.get('values')
    if (values !== undefined && values.kind !== 'sequence') {
      return malformed({ ...at, place: values.place }, '"values" is not a list')
    }
    if (values === undefined && isAppend) {
      warn(problemOf('warning', 'LOAD_APPEND_NO_VALUES', at, 'an exception without values is appended'))
    }
    return {
      name,
      fields: optionalEntryOf(fields, at),
      comps: optionalEntryOf(comps, at),
      values: values?.items.map((value) => entryOf(value, at)) ?? [],
      place: one.place,
    }
  })
}

/** Null, mappings and empty lists are as what is not there. */
const optionalEntryOf = (node: YamlNode | undefined, subject: Subject): ExceptionEntry | undefined => {
  if (node?.kind === 'sequence' && node.items.length === 0) return undefined
  return node?.kind === 'scalar' || node?.kind === 'sequence' ? entryOf(node, subject) : undefined
}

/** In lists, null and mappings are empty texts. */
const entryOf = (node: YamlNode, subject: Subject): ExceptionEntry => {
  if (node.kind === 'sequence') return { kind: 'list', items: node.items.map((item) => entryOf(item, subject)) }
  if (node.kind !== 'scalar') return { kind: 'text', text: '' }
  if (node.text !== '') return { kind: 'text', text: node.text }
  return malformed({ ...subject, place: node.place }, 'a value of the exception is empty')
}

const subjectOf = ({ name, place }: ExceptionDefinition): Subject => ({ item: 'exception', name, place })

/**
 * Checks fields and operators and fills in the operators that are left out. `isKnownField` says whether the source of the
 * rule has a field. Throws a LoadFault.
 */
export const checkedException = (
  exception: ExceptionDefinition,
  isKnownField: (field: string) => boolean,
): ExceptionDefinition => {
  const subject = subjectOf(exception)
  const { fields, comps } = exception
  if (fields === undefined) return invalid(subject, 'the exception has no "fields"')
  const names = fields.kind === 'text' ? [fields] : fields.items
  for (const field of names) {
    if (field.kind !== 'text' || !isKnownField(field.text)) {
      const shown = field.kind === 'text' ? field.text : 'a list'
      invalid(subject, `"${shown}" is not a field of the rule's source`)
    }
  }
  if (fields.kind === 'text') {
    const operator = comps ?? { kind: 'text', text: 'in' }
    if (operator.kind !== 'text') return invalid(subject, '"fields" is a text, so "comps" has to be one, too')
    const text = operator.text.trim()
    if (!['in', 'pmatch', 'intersects'].includes(text) && !isModified(text)) {
      return invalid(subject, `"${text}" cannot be used with a single field`, 'Use in, pmatch or intersects')
    }
    return { ...exception, comps: { kind: 'text', text } }
  }
  if (comps?.kind === 'text') return invalid(subject, '"fields" is a list, so "comps" has to be one, too')
  const given = comps?.items ?? names.map((): ExceptionEntry => ({ kind: 'text', text: '=' }))
  if (given.length !== names.length) return invalid(subject, '"fields" and "comps" are not of one length')
  const items = given.map((comp): ExceptionEntry => {
    const text = comp.kind === 'text' ? comp.text.trim() : ''
    if (!operators.includes(text) && !isModified(text)) invalid(subject, `"${text}" is not an operator`)
    return { kind: 'text', text }
  })
  return { ...exception, comps: { kind: 'list', items } }
}

const isModified = (operator: string): boolean => {
  const [base, modifier, more] = operator.split(' ')
  return more === undefined && textOperators.some((one) => one === base) && modifiers.some((one) => one === modifier)
}

const takesList = (operator: string): boolean => listOperators.some((one) => one === operator) || isModified(operator)

/** The condition with `and not (…)` for each exception that has values. Throws a LoadFault. */
export const withExceptions = (condition: string, exceptions: readonly ExceptionDefinition[]): string => {
  if (exceptions.length === 0) return condition
  let text = `(${condition})`
  for (const exception of exceptions) {
    if (exception.values.length === 0) continue
    const { fields, comps } = exception
    const excepted =
      fields?.kind === 'text' && comps?.kind === 'text'
        ? singleField(exception, fields.text, comps.text)
        : severalFields(exception)
    text += ` and not ${excepted}`
    if (text.length > longestCondition) return invalid(subjectOf(exception), 'the exceptions of the rule are too long')
  }
  return text
}

const singleField = (exception: ExceptionDefinition, field: string, operator: string): string => {
  const values = exception.values.map((value) =>
    value.kind === 'text'
      ? quoted(value.text)
      : invalid(subjectOf(exception), 'with a single field each value is a text'),
  )
  return `(${field} ${operator} (${values.join(', ')}))`
}

const severalFields = (exception: ExceptionDefinition): string => {
  const subject = subjectOf(exception)
  const fields = exception.fields?.kind === 'list' ? exception.fields.items : []
  const comps = exception.comps?.kind === 'list' ? exception.comps.items : []
  let text = ''
  for (const values of exception.values) {
    const given = values.kind === 'list' ? values.items : []
    if (given.length !== fields.length) invalid(subject, '"fields" and each of "values" are not of one length')
    const checks = fields.map((field, index) => {
      const [operator, value] = [comps[index], given[index]]
      if (field.kind !== 'text' || operator?.kind !== 'text' || value === undefined) return ''
      return ` ${field.text} ${operator.text} ${valueText(value, operator.text)}`
    })
    text += `${text === '' ? '' : ' or '}(${checks.join(' and ')})`
    if (text.length > longestCondition) return invalid(subject, 'the exceptions of the rule are too long')
  }
  return `(${text})`
}

const valueText = (value: ExceptionEntry, operator: string): string => {
  if (value.kind === 'list') {
    // A list inside of it, and a leading empty text, are nothing.
    const items = value.items.map((item) => (item.kind === 'text' ? quoted(item.text) : ''))
    const first = items.findIndex((item) => item !== '')
    return first < 0 ? '()' : `(${items.slice(first).join(', ')})`
  }
  if (takesList(operator)) return value.text.startsWith('(') ? value.text : `(${value.text})`
  return quoted(value.text)
}

/** A value with a blank is put in quotes, unless it has some; nothing in it is escaped. */
export const quoted = (text: string): string => (text.includes(' ') && !/^["']/.test(text) ? `"${text}"` : text)
