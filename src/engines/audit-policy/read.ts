import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { isDns1123Subdomain } from '../apimachinery/label.ts'
import { type GroupResources, type Level, levels, type Policy, type PolicyRule, type Stage, stages } from './types.ts'

/** Something in a policy file, with its path: `rules[2].level`. */
export interface PolicyProblem {
  readonly path: string
  readonly what: string
}

/**
 * What the API server does with a policy file. Refused: it does not start. Warnings are fields that it passes over, so
 * that the rule they stand in is wider than it was meant.
 */
export type PolicyReading =
  | { readonly kind: 'accepted'; readonly policy: Policy; readonly warnings: readonly PolicyProblem[] }
  | { readonly kind: 'refused'; readonly errors: readonly PolicyProblem[]; readonly warnings: readonly PolicyProblem[] }

/**
 * Reads a policy as `--audit-policy-file` would be.
 * Upstream: LoadPolicyFromBytes (k8s.io/apiserver/pkg/audit/policy/reader.go) and pkg/apis/audit/validation (v0.37.2).
 */
export const readPolicy = (value: JsonValue): PolicyReading => {
  const errors: PolicyProblem[] = []
  const warnings: PolicyProblem[] = []
  const notes: Notes = {
    error: (path, what) => errors.push({ path, what }),
    warn: (path, what) => warnings.push({ path, what }),
  }
  const object = objectOf(value, '', notes)
  const { apiVersion, kind = '' } = object
  // The decoder fills in a kind that is not there, but no version.
  if ((kind !== 'Policy' && kind !== '' && kind !== null) || apiVersion !== 'audit.k8s.io/v1') {
    notes.error(
      '',
      `apiVersion and kind are ${show(apiVersion)} and ${show(object.kind)}; they have to be "audit.k8s.io/v1" and "Policy"`,
    )
  }
  knownFields(object, '', ['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields'], notes)
  readMetadata(object.metadata, notes)
  const policy: Policy = {
    omitStages: stagesOf(object.omitStages, 'omitStages', notes),
    omitManagedFields: booleanOf(object.omitManagedFields, 'omitManagedFields', notes) ?? false,
    rules: listOf(object.rules, 'rules', notes).map((rule, index) => readRule(rule, `rules[${index}]`, notes)),
  }
  if (policy.rules.length === 0) notes.error('rules', 'has no rule: the API server refuses a policy without rules')
  return errors.length > 0 ? { kind: 'refused', errors, warnings } : { kind: 'accepted', policy, warnings }
}

interface Notes {
  readonly error: (path: string, what: string) => void
  readonly warn: (path: string, what: string) => void
}

/** Nothing of it decides anything, but the API server decodes it. */
const readMetadata = (value: JsonValue | undefined, notes: Notes): void => {
  const metadata = objectOf(value, 'metadata', notes)
  for (const key of ['name', 'namespace']) textOf(metadata[key], `metadata.${key}`, notes)
  for (const key of ['labels', 'annotations']) {
    const texts = objectOf(metadata[key], `metadata.${key}`, notes)
    for (const [name, text] of Object.entries(texts)) textOf(text, `metadata.${key}[${JSON.stringify(name)}]`, notes)
  }
}

const ruleFields = [
  'level',
  'users',
  'userGroups',
  'verbs',
  'resources',
  'namespaces',
  'nonResourceURLs',
  'omitStages',
  'omitManagedFields',
]

const readRule = (value: JsonValue, path: string, notes: Notes): PolicyRule => {
  const object = objectOf(value, path, notes)
  knownFields(object, path, ruleFields, notes)
  const rule: PolicyRule = {
    level: levelOf(object.level, `${path}.level`, notes),
    users: textsOf(object.users, `${path}.users`, notes),
    userGroups: textsOf(object.userGroups, `${path}.userGroups`, notes),
    verbs: textsOf(object.verbs, `${path}.verbs`, notes),
    nonResourceURLs: urlsOf(object.nonResourceURLs, `${path}.nonResourceURLs`, notes),
    resources: listOf(object.resources, `${path}.resources`, notes).map((entry, index) =>
      readEntry(entry, `${path}.resources[${index}]`, notes),
    ),
    namespaces: textsOf(object.namespaces, `${path}.namespaces`, notes),
    omitStages: stagesOf(object.omitStages, `${path}.omitStages`, notes),
    omitManagedFields: booleanOf(object.omitManagedFields, `${path}.omitManagedFields`, notes),
  }
  if (rule.nonResourceURLs.length > 0 && (rule.resources.length > 0 || rule.namespaces.length > 0)) {
    notes.error(`${path}.nonResourceURLs`, 'rules cannot apply to both regular resources and non-resource URLs')
  }
  return rule
}

const readEntry = (value: JsonValue, path: string, notes: Notes): GroupResources => {
  const object = objectOf(value, path, notes)
  knownFields(object, path, ['group', 'resources', 'resourceNames'], notes)
  const entry: GroupResources = {
    group: textOf(object.group, `${path}.group`, notes),
    resources: textsOf(object.resources, `${path}.resources`, notes),
    resourceNames: textsOf(object.resourceNames, `${path}.resourceNames`, notes),
  }
  if (entry.group !== '' && entry.group !== '*' && !isDns1123Subdomain(entry.group)) {
    notes.error(`${path}.group`, `${show(entry.group)} is not a group; write it without a version, such as "apps"`)
  }
  if (entry.resourceNames.length > 0 && entry.resources.length === 0) {
    notes.error(`${path}.resourceNames`, 'using resourceNames requires at least one resource')
  }
  return entry
}

const levelOf = (value: JsonValue | undefined, path: string, notes: Notes): Level => {
  const text = textOf(value, path, notes)
  const level = levels.find((one) => one === text)
  if (level === undefined) notes.error(path, `${show(value)} is not a level; it is one of ${levels.join(', ')}`)
  return level ?? 'None'
}

const stagesOf = (value: JsonValue | undefined, path: string, notes: Notes): readonly Stage[] =>
  textsOf(value, path, notes).flatMap((text, index) => {
    const stage = stages.find((one) => one === text)
    if (stage === undefined)
      notes.error(`${path}[${index}]`, `${show(text)} is not a stage; it is one of ${stages.join(', ')}`)
    return stage ?? []
  })

const urlsOf = (value: JsonValue | undefined, path: string, notes: Notes): readonly string[] => {
  const urls = textsOf(value, path, notes)
  for (const [index, url] of urls.entries()) {
    if (url === '*') continue
    if (!url.startsWith('/')) notes.error(`${path}[${index}]`, 'a non-resource URL begins with "/"')
    if (url.slice(0, -1).includes('*')) notes.error(`${path}[${index}]`, 'a "*" can only be the last character')
  }
  return urls
}

/** A misspelt field is passed over by the API server: the rule then matches more than was meant. */
const knownFields = (object: JsonObject, path: string, known: readonly string[], notes: Notes): void => {
  for (const key of Object.keys(object)) {
    if (known.includes(key)) continue
    const meant = known.find((one) => near(one, key))
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
    notes.warn(path === '' ? key : `${path}.${key}`, `is no field of it and is passed over${hint}`)
  }
}

/** Same but for case, a plural s, or one letter. */
const near = (a: string, b: string): boolean => {
  const [one, two] = [a.toLowerCase(), b.toLowerCase()]
  if (one === two || `${one}s` === two || one === `${two}s`) return true
  if (Math.abs(one.length - two.length) > 1) return false
  let start = 0
  while (start < one.length && one[start] === two[start]) start += 1
  let end = 0
  while (end < Math.min(one.length, two.length) - start && one.at(-1 - end) === two.at(-1 - end)) end += 1
  return Math.max(one.length, two.length) - start - end <= 1
}

/** Decoding: null is as absent; another type is an error, and read as absent. */
const objectOf = (value: JsonValue | undefined, path: string, notes: Notes): JsonObject => {
  if (isObject(value)) return value
  if (value !== null && value !== undefined) notes.error(path, `${show(value)} is not an object`)
  return {}
}

const listOf = (value: JsonValue | undefined, path: string, notes: Notes): readonly JsonValue[] => {
  if (Array.isArray(value)) return value
  if (value !== null && value !== undefined) notes.error(path, `${show(value)} is not a list`)
  return []
}

const textOf = (value: JsonValue | undefined, path: string, notes: Notes): string => {
  if (typeof value === 'string') return value
  if (value !== null && value !== undefined) notes.error(path, `${show(value)} is not a text; put it in quotes`)
  return ''
}

const textsOf = (value: JsonValue | undefined, path: string, notes: Notes): readonly string[] =>
  listOf(value, path, notes).map((one, index) => textOf(one, `${path}[${index}]`, notes))

const booleanOf = (value: JsonValue | undefined, path: string, notes: Notes): boolean | undefined => {
  if (typeof value === 'boolean') return value
  if (value !== null && value !== undefined) notes.error(path, `${show(value)} is not true or false`)
  return undefined
}

const show = (value: JsonValue | undefined): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80)
