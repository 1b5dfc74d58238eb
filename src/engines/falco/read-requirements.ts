import { invalid, malformed, problemOf, type Subject } from './notes.ts'
import { type Mapping, requiredText, unsigned } from './read-values.ts'
import type { RuleProblem } from './types.ts'
import { engineVersion, parseVersion, satisfies, servedPlugins } from './versions.ts'
import type { YamlNode } from './yaml-node.ts'

/** `required_engine_version`: a number N means 0.N.0. Throws a LoadFault where this engine is too old or another. */
export const checkEngineVersion = (item: Mapping, subject: Subject): void => {
  const text = requiredText(item, 'required_engine_version', subject)
  const number = unsigned(text)
  const wanted = parseVersion(number === undefined ? text : `0.${number}.0`)
  const has = parseVersion(engineVersion)
  if (wanted === undefined) malformed(subject, `"${text}" is not a version`, 'Write a number or x.y.z')
  if (has === undefined || !satisfies(has, wanted)) {
    invalid(subject, `the rules want engine version ${text}; this engine is ${engineVersion}`)
  }
}

/**
 * `required_plugin_versions`: of each entry and its alternatives one plugin has to be there, not older. Plugins that are
 * none of ours are a warning: their rules are not run here. Throws a LoadFault where ours are too old.
 */
export const checkPluginVersions = (node: YamlNode, subject: Subject): readonly RuleProblem[] => {
  if (node.kind !== 'sequence') return malformed(subject, 'required_plugin_versions is not a list')
  return node.items.flatMap((entry) => {
    const wanted = requirementsOf(entry, subject)
    const ours = wanted.filter(({ name }) => servedPlugins.has(name))
    if (ours.some(({ name, version }) => isServed(name, version))) return []
    const names = wanted.map(({ name, version }) => `${name} ${version}`).join(' or ')
    if (ours.length > 0) return invalid(subject, `the rules want plugin ${names}, which is newer than this engine`)
    const what = `the rules want plugin ${names}, which is not part of this engine`
    return [problemOf('warning', 'LOAD_UNKNOWN_ITEM', subject, what, 'Rules of its source are not run')]
  })
}

interface Requirement {
  readonly name: string
  readonly version: string
}

const requirementsOf = (entry: YamlNode, subject: Subject): readonly Requirement[] => {
  const at = { ...subject, place: entry.place }
  if (entry.kind !== 'mapping') return malformed(at, 'a required plugin is not a mapping')
  const alternatives = entry.entries.get('alternatives')
  if (alternatives !== undefined && alternatives.kind !== 'sequence')
    return malformed(at, '"alternatives" is not a list')
  const seen = new Set<string>()
  return [entry, ...(alternatives?.items ?? [])].map((one) => {
    if (one.kind !== 'mapping') return malformed({ ...subject, place: one.place }, 'an alternative is not a mapping')
    const name = requiredText(one, 'name', at)
    const version = requiredText(one, 'version', { ...at, name })
    if (parseVersion(version) === undefined) invalid({ ...at, name }, `"${version}" is not a version of plugin ${name}`)
    if (seen.has(name)) invalid({ ...at, name }, `plugin ${name} is named twice in one entry`)
    seen.add(name)
    return { name, version }
  })
}

const isServed = (name: string, version: string): boolean => {
  const has = parseVersion(servedPlugins.get(name) ?? '')
  const wanted = parseVersion(version)
  return has !== undefined && wanted !== undefined && satisfies(has, wanted)
}
