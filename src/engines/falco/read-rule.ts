/** Reads one `rule` item: a definition, an append, an override or a switch (rule_loader_reader.cpp). */
import type { Collector, RuleChange } from './collector.ts'
import { readExceptions } from './exceptions.ts'
import { malformed, problemOf, type Subject } from './notes.ts'
import { type Overrides, readOverrides } from './overrides.ts'
import { type Mapping, optionalBoolean, optionalText, optionalTexts, requiredText, unsigned } from './read-values.ts'
import { type Place, type Priority, priorities } from './types.ts'

const appendable = ['condition', 'output', 'desc', 'tags', 'exceptions']
const replaceable = [
  ...appendable,
  'priority',
  'capture',
  'capture_duration',
  'enabled',
  'warn_evttypes',
  'skip-if-unknown-filter',
]

export const ruleKeys: readonly string[] = ['rule', 'source', 'override', 'append', ...replaceable]

export const readRule = (item: Mapping, place: Place, collector: Collector): void => {
  const name = requiredText(item, 'rule', { item: 'rule', name: '', place })
  const subject: Subject = { item: 'rule', name, place }
  const source = sourceOf(item, subject)
  const append = optionalBoolean(item, 'append', subject) ?? false
  if (append) collector.warn(deprecated(subject, '"append" is deprecated', 'Use override'))
  const overrides = readOverrides(item, subject, appendable, replaceable)
  const hasOverrides = overrides.append.size > 0 || overrides.replace.size > 0
  if (append && hasOverrides) malformed(subject, '"append" and "override" cannot stand together')
  if (hasOverrides) override(item, subject, source, overrides, collector)
  else if (append) collector.append(subject, appended(item, subject, source, collector))
  else if (['condition', 'output', 'desc', 'priority'].some((key) => item.entries.has(key))) {
    define(item, subject, collector)
  } else {
    const enabled = optionalBoolean(item, 'enabled', subject)
    if (enabled === undefined) malformed(subject, 'the rule has no "condition"')
    collector.warn(deprecated(subject, 'a rule with "enabled" alone is deprecated', 'Use override: {enabled: replace}'))
    collector.enable(subject, enabled)
  }
}

export const deprecated = (subject: Subject, what: string, mend: string) =>
  problemOf('warning', 'LOAD_DEPRECATED_ITEM', subject, what, mend)

/** An empty source is as none. */
const sourceOf = (item: Mapping, subject: Subject): string => {
  const node = item.entries.get('source')
  if (node === undefined || node.kind === 'null' || (node.kind === 'scalar' && node.text === '')) return ''
  return requiredText(item, 'source', subject)
}

const define = (item: Mapping, subject: Subject, collector: Collector): void => {
  const condition = requiredText(item, 'condition', subject)
  const output = requiredText(item, 'output', subject)
  const description = requiredText(item, 'desc', subject)
  const priority = priorityOf(item, subject)
  const source = optionalText(item, 'source', subject) ?? 'syscall'
  const enabled = optionalBoolean(item, 'enabled', subject) ?? true
  readUnused(item, subject)
  const skipUnknownFields = optionalBoolean(item, 'skip-if-unknown-filter', subject) ?? false
  const tags = new Set(optionalTexts(item, 'tags', subject) ?? [])
  const exceptions = readExceptions(item, subject, false, collector.warn)
  collector.rule(subject, {
    name: subject.name,
    condition,
    output: output.trim(),
    description,
    priority,
    source,
    enabled,
    tags,
    exceptions,
    skipUnknownFields,
    place: subject.place,
    conditionPlace: placeOf(item, 'condition', subject),
    outputPlace: placeOf(item, 'output', subject),
  })
}

/** Keys of captures and of system calls: checked, but nothing follows from them here. */
const readUnused = (item: Mapping, subject: Subject): void => {
  optionalBoolean(item, 'capture', subject)
  const duration = optionalText(item, 'capture_duration', subject)
  if (duration !== undefined && unsigned(duration) === undefined) {
    const at = { ...subject, place: placeOf(item, 'capture_duration', subject) }
    malformed(at, '"capture_duration" is not a whole number of milliseconds')
  }
  optionalBoolean(item, 'warn_evttypes', subject)
}

const placeOf = (item: Mapping, key: string, subject: Subject): Place => item.entries.get(key)?.place ?? subject.place

const priorityOf = (item: Mapping, subject: Subject): Priority => {
  const text = requiredText(item, 'priority', subject)
  const priority = parsePriority(text)
  const at = { ...subject, place: placeOf(item, 'priority', subject) }
  return priority ?? malformed(at, `"${text}" is not a priority`, `It is one of ${priorities.join(', ')}`)
}

/** A priority in any case; `info` is short for Informational. */
export const parsePriority = (text: string): Priority | undefined => {
  const lower = text.toLowerCase()
  return priorities.find((one) => one.toLowerCase() === (lower === 'info' ? 'informational' : lower))
}

const appended = (item: Mapping, subject: Subject, source: string, collector: Collector): RuleChange => ({
  source,
  ...(item.entries.has('condition') ? { condition: requiredText(item, 'condition', subject) } : {}),
  ...(item.entries.has('exceptions') ? { exceptions: readExceptions(item, subject, true, collector.warn) } : {}),
})

/** Appends come before replacements. Each key that is there has to be named under `override`, and the other way round. */
const override = (
  item: Mapping,
  subject: Subject,
  source: string,
  overrides: Overrides,
  collector: Collector,
): void => {
  const named = new Set([...overrides.append, ...overrides.replace])
  for (const key of named) {
    if (!item.entries.has(key)) malformed(subject, `"${key}" stands under "override" but not in the rule`)
  }
  for (const key of replaceable) {
    if (item.entries.has(key) && !named.has(key)) {
      malformed({ ...subject, place: placeOf(item, key, subject) }, `"${key}" does not stand under "override"`)
    }
  }
  if (overrides.append.size > 0) {
    collector.append(subject, changeOf(item, subject, source, overrides.append, true, collector))
  }
  if (overrides.replace.size > 0) {
    collector.replace(subject, changeOf(item, subject, source, overrides.replace, false, collector))
  }
}

const changeOf = (
  item: Mapping,
  subject: Subject,
  source: string,
  keys: ReadonlySet<string>,
  isAppend: boolean,
  collector: Collector,
): RuleChange => {
  readUnused(item, subject)
  const others = ['capture', 'capture_duration', 'warn_evttypes'].some((key) => keys.has(key))
  return {
    source: keys.has('condition') ? source : '',
    ...(keys.has('condition') ? { condition: requiredText(item, 'condition', subject) } : {}),
    ...(keys.has('condition') && !isAppend ? { conditionPlace: placeOf(item, 'condition', subject) } : {}),
    ...(keys.has('output') ? { output: requiredText(item, 'output', subject) } : {}),
    ...(keys.has('desc') ? { description: requiredText(item, 'desc', subject) } : {}),
    ...(keys.has('tags') ? { tags: new Set(optionalTexts(item, 'tags', subject) ?? []) } : {}),
    ...(keys.has('exceptions') ? { exceptions: readExceptions(item, subject, isAppend, collector.warn) } : {}),
    ...(keys.has('priority') ? { priority: priorityOf(item, subject) } : {}),
    ...(keys.has('enabled') ? { enabled: optionalBoolean(item, 'enabled', subject) ?? true } : {}),
    ...(keys.has('skip-if-unknown-filter')
      ? { skipUnknownFields: optionalBoolean(item, 'skip-if-unknown-filter', subject) ?? false }
      : {}),
    ...(others ? { others } : {}),
  }
}
