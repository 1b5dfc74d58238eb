/** Reads a rules file into the collector (userspace/engine/rule_loader_reader.cpp, falco 130747499bb8). */
import type { Collector } from './collector.ts'
import { LoadFault, malformed, problemOf, type Subject } from './notes.ts'
import { readOverrides } from './overrides.ts'
import { checkEngineVersion, checkPluginVersions } from './read-requirements.ts'
import { deprecated, readRule, ruleKeys } from './read-rule.ts'
import { type Mapping, optionalBoolean, optionalTexts, requiredText } from './read-values.ts'
import type { Place, RulesFile } from './types.ts'
import { readYaml, type YamlNode } from './yaml-node.ts'

/** The first error ends the reading of the file and is noted; what came before it stays. */
export const readRulesFile = ({ path, text }: RulesFile, collector: Collector): void => {
  const yaml = readYaml(path, text)
  if (yaml.kind === 'bad') {
    const subject: Subject = { item: 'rules content', name: '', place: yaml.place }
    collector.problems.push(
      problemOf('error', 'LOAD_ERR_YAML_PARSE', subject, `the file is not valid YAML: ${yaml.what}`),
    )
    return
  }
  try {
    for (const document of yaml.documents) readDocument(document, collector)
  } catch (error) {
    if (!(error instanceof LoadFault)) throw error
    collector.problems.push(error.problem)
  }
}

const readDocument = (document: YamlNode, collector: Collector): void => {
  if (document.kind === 'null') return
  if (document.kind !== 'sequence') {
    const subject: Subject = { item: 'rules content', name: '', place: document.place }
    malformed(subject, 'a rules file is a list of rules, macros and lists', 'Begin each item with "- "')
  }
  for (const item of document.items) {
    if (item.kind === 'null') continue
    if (item.kind !== 'mapping') {
      const subject: Subject = { item: 'rules content item', name: '', place: item.place }
      malformed(subject, 'an item of a rules file is a mapping')
    }
    readItem(item, collector)
  }
}

const readItem = (item: Mapping, collector: Collector): void => {
  const { place, entries } = item
  const plugins = entries.get('required_plugin_versions')
  if (entries.has('required_engine_version')) {
    checkEngineVersion(item, { item: 'required_engine_version', name: '', place })
    warnUnknownKeys(item, ['required_engine_version'], { item: 'required_engine_version', name: '', place }, collector)
  } else if (plugins !== undefined) {
    const subject: Subject = { item: 'required_plugin_versions', name: '', place }
    for (const problem of checkPluginVersions(plugins, subject)) collector.warn(problem)
    warnUnknownKeys(item, ['required_plugin_versions'], subject, collector)
  } else if (entries.has('list')) {
    readList(item, place, collector)
  } else if (entries.has('macro')) {
    readMacro(item, place, collector)
  } else if (entries.has('rule')) {
    readRule(item, place, collector)
    const name = entries.get('rule')
    const subject: Subject = { item: 'rule', name: name?.kind === 'scalar' ? name.text : '', place }
    warnUnknownKeys(item, ruleKeys, subject, collector)
  } else {
    const subject: Subject = { item: 'rules content item', name: '', place }
    collector.warn(
      problemOf(
        'warning',
        'LOAD_UNKNOWN_ITEM',
        subject,
        'the item is none that is known, and is ignored',
        'Is it a rule, a macro or a list?',
      ),
    )
  }
}

const readList = (item: Mapping, place: Place, collector: Collector): void => {
  const name = requiredText(item, 'list', { item: 'list', name: '', place })
  const subject: Subject = { item: 'list', name, place }
  if (!/^[^()"'\t\n\v\f\r =,]+$/.test(name)) {
    collector.warn(
      problemOf(
        'warning',
        'LOAD_INVALID_LIST_NAME',
        subject,
        'the name of a list has no blanks, quotes, parentheses, commas or =',
      ),
    )
  }
  const items = optionalTexts(item, 'items', subject) ?? malformed(subject, 'there is no "items"')
  collector.list(subject, items, appends(item, 'items', subject, collector))
  warnUnknownKeys(item, ['list', 'items', 'append', 'override'], subject, collector)
}

const readMacro = (item: Mapping, place: Place, collector: Collector): void => {
  const name = requiredText(item, 'macro', { item: 'macro', name: '', place })
  const subject: Subject = { item: 'macro', name, place }
  if (!/^[a-zA-Z]+[a-zA-Z0-9_]*$/.test(name)) {
    const what = 'the name of a macro begins with a letter and has only letters, digits and _'
    collector.warn(problemOf('warning', 'LOAD_INVALID_MACRO_NAME', subject, what, 'Conditions cannot refer to it'))
  }
  const condition = requiredText(item, 'condition', subject)
  const conditionPlace = item.entries.get('condition')?.place ?? place
  collector.macro(subject, condition, conditionPlace, appends(item, 'condition', subject, collector))
  warnUnknownKeys(item, ['macro', 'condition', 'append', 'override'], subject, collector)
}

/** Whether a list or macro is appended to, by `append: true` or by `override`. */
const appends = (item: Mapping, key: string, subject: Subject, collector: Collector): boolean => {
  const append = optionalBoolean(item, 'append', subject) ?? false
  if (append) collector.warn(deprecated(subject, '"append" is deprecated', `Use override: {${key}: append}`))
  const overrides = readOverrides(item, subject, [key], [key])
  const hasOverrides = overrides.append.size > 0 || overrides.replace.size > 0
  if (append && hasOverrides) malformed(subject, '"append" and "override" cannot stand together')
  return append || overrides.append.has(key)
}

const warnUnknownKeys = (item: Mapping, known: readonly string[], subject: Subject, collector: Collector): void => {
  for (const { text, place } of item.keys) {
    if (known.includes(text)) continue
    const what = `the key "${text}" is unknown and ignored`
    collector.warn(problemOf('warning', 'LOAD_UNKNOWN_KEY', { ...subject, place }, what))
  }
}
