/**
 * Kyverno's CEL policies as far as they are ValidatingAdmissionPolicies in another dress: `validate.cel` of a ClusterPolicy
 * and ValidatingPolicy. Kyverno makes rules for pod controllers of rules for pods; so does this.
 */
import {
  type AdmissionRequest,
  compileValidatingPolicy,
  matchResources,
  requestValues,
  type ValidatingPolicy,
  validatePolicy,
} from '../../src/engines/admission/index.ts'
import { type CelJson, fromJson } from '../../src/engines/cel/index.ts'
import { isObject, type JsonObject, type JsonValue } from '../../src/model/json.ts'
import { libraryWorld } from './admission-world.ts'

export type Verdict = 'pass' | 'fail' | 'error' | 'skip'

/** A rule of a policy: which requests it is for, and what it says of them. */
export interface KyvernoRule {
  /** Name of the policy that the rule is of. */
  readonly of: string
  readonly name: string
  readonly appliesTo: (request: AdmissionRequest) => boolean
  readonly policy: ValidatingPolicy
  readonly params: JsonObject | undefined
}

const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []
const texts = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
const child = (value: JsonObject | undefined, key: string): JsonObject | undefined => {
  const found = value?.[key]
  return isObject(found) ? found : undefined
}

type Rule = Omit<KyvernoRule, 'of'>

/** The rules of a policy; none where it has no CEL validation. */
export function rulesOf(policy: JsonObject): readonly KyvernoRule[] {
  const spec = child(policy, 'spec') ?? {}
  const rules =
    policy.kind === 'ValidatingPolicy'
      ? validatingPolicyRules(spec)
      : list(spec.rules).flatMap((one) => clusterRules(one))
  const name = String(child(policy, 'metadata')?.name ?? '')
  return rules.map((one) => ({ ...one, of: name }))
}

function validatingPolicyRules(spec: JsonObject): readonly Rule[] {
  const constraints = child(spec, 'matchConstraints') ?? {}
  const controllers = child(child(spec, 'autogen'), 'podControllers')
  const plain = rule('', spec, (request) => matchResources(constraints, request, libraryWorld([])).kind === 'match')
  const onPods = list(constraints.resourceRules).every((one) =>
    texts(one.resources).every((resource) => resource === 'pods'),
  )
  if (!onPods || (controllers !== undefined && texts(controllers.controllers).length === 0)) return [plain]
  return [plain, ...generated('', spec)]
}

function clusterRules(source: JsonObject): readonly Rule[] {
  const cel = child(child(source, 'validate'), 'cel')
  if (cel === undefined) return []
  const name = typeof source.name === 'string' ? source.name : ''
  const spec: JsonObject = {
    validations: cel.expressions ?? [],
    variables: cel.variables ?? [],
    matchConditions: source.celPreconditions ?? [],
    ...(isObject(cel.paramKind) ? { paramKind: cel.paramKind } : {}),
  }
  const blocks = resourceBlocks(child(source, 'match'))
  const excluded = resourceBlocks(child(source, 'exclude'))
  const applies = (request: AdmissionRequest): boolean =>
    blocks.some((block) => matchesBlock(block, request)) && !excluded.some((block) => matchesBlock(block, request))
  const kinds = blocks.flatMap((block) => texts(block.kinds))
  const plain = rule(name, spec, applies, child(cel, 'paramRef'))
  return kinds.length > 0 && kinds.every((kind) => kind === 'Pod')
    ? [plain, ...generated(name, spec, child(cel, 'paramRef'))]
    : [plain]
}

function resourceBlocks(match: JsonObject | undefined): readonly JsonObject[] {
  const clauses = match === undefined ? [] : [...list(match.any), ...list(match.all), match]
  return clauses.map((clause) => child(clause, 'resources')).filter((block) => block !== undefined)
}

function matchesBlock(block: JsonObject, request: AdmissionRequest): boolean {
  const kinds = texts(block.kinds)
  const names = [...texts(block.names), ...(typeof block.name === 'string' ? [block.name] : [])]
  const operations = texts(block.operations)
  const namespaces = texts(block.namespaces)
  return (
    (kinds.length === 0 || kinds.some((pattern) => matchesKind(pattern, request))) &&
    (operations.length === 0 ? request.operation !== 'DELETE' : operations.includes(request.operation)) &&
    (namespaces.length === 0 || namespaces.some((namespace) => globbed(namespace).test(request.namespace))) &&
    (names.length === 0 || names.some((name) => globbed(name).test(request.name))) &&
    matchesSelector(child(block, 'selector'), request)
  )
}

/** Labels of a selector may hold wildcards, in keys and values. */
function matchesSelector(selector: JsonObject | undefined, { object }: AdmissionRequest): boolean {
  const labels = Object.entries(child(child(object ?? undefined, 'metadata'), 'labels') ?? {})
  return Object.entries(child(selector, 'matchLabels') ?? {}).every(([key, value]) =>
    labels.some(([label, found]) => globbed(key).test(label) && globbed(String(value)).test(String(found))),
  )
}

const globbed = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )

/** `Pod`, `apps/Deployment`, `batch/*\/CronJob`, `v1/Service`, and subresources, which are never asked about here. */
function matchesKind(pattern: string, { kind }: AdmissionRequest): boolean {
  const parts = pattern.split('/')
  const last = parts.at(-1) ?? ''
  if (!/^[A-Z*]/.test(last)) return false
  const [first, second] = parts.slice(0, -1)
  const versioned = (text: string): boolean => /^(?:v\d\w*|\*)$/.test(text)
  const group = second !== undefined || (first !== undefined && !versioned(first)) ? first : undefined
  const version = second ?? (first !== undefined && versioned(first) ? first : undefined)
  const fits = (wanted: string | undefined, found: string): boolean =>
    wanted === undefined || globbed(wanted).test(found)
  return fits(last, kind.kind) && fits(group, kind.group) && fits(version, kind.version)
}

const controllers = new Set(['DaemonSet', 'Deployment', 'Job', 'ReplicaSet', 'ReplicationController', 'StatefulSet'])

/** Rules for pod controllers: what is said of `object.spec` is said of the template's. */
function generated(name: string, spec: JsonObject, params?: JsonObject): readonly Rule[] {
  const rewrite = (prefix: string): JsonObject =>
    JSON.parse(
      JSON.stringify(spec)
        .replace(/\b(object|oldObject)\.(\??)spec\b/g, `$1.$2${prefix}.$2spec`)
        .replace(/\b(object|oldObject)\.(\??)metadata\b/g, `$1.$2${prefix}.$2metadata`),
    ) as JsonObject
  return [
    rule(`autogen-${name}`, rewrite('spec.template'), ({ kind }) => controllers.has(kind.kind), params),
    rule(
      `autogen-cronjob-${name}`,
      rewrite('spec.jobTemplate.spec.template'),
      ({ kind }) => kind.kind === 'CronJob',
      params,
    ),
  ]
}

function rule(name: string, spec: JsonObject, appliesTo: KyvernoRule['appliesTo'], params?: JsonObject): Rule {
  return { name, appliesTo, policy: compileValidatingPolicy({ metadata: { name }, spec }), params }
}

/** What a rule says of a request. */
export function verdict(
  rule: KyvernoRule,
  request: AdmissionRequest,
  namespace: JsonObject,
  params: JsonObject | null,
): Verdict {
  if (!rule.appliesTo(request)) return 'skip'
  const as = { resource: request.resource, kind: request.kind }
  const values = requestValues(request, as, request.namespace === '' ? null : namespace, () => ({
    decision: 'no opinion',
    reason: '',
  }))
  const result = validatePolicy(rule.policy, { values, params: fromJson(params as CelJson) })
  if (!result.matched) return 'skip'
  if (result.decisions.some((decision) => decision.evaluation === 'deny')) return 'fail'
  return result.decisions.some((decision) => decision.evaluation === 'error') ? 'error' : 'pass'
}
