import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { decoded } from '../../../src/engines/admission/index.ts'
import { isObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts'
import { kindOf, requestFor } from '../admission-world.ts'
import { type KyvernoRule, rulesOf, type Verdict, verdict } from '../kyverno.ts'
import type { CaseResult, Suite } from '../suite.ts'

/** Kyverno's CEL policies (`-cel`, `-vpol`) with the results that Kyverno's own tests expect, and its good and bad files. */
export const suite: Suite = {
  name: 'kyverno-policies',
  *run({ dir }) {
    const categories = readdirSync(dir)
      .filter((name) => /-(?:cel|vpol)$/.test(name))
      .sort()
    for (const category of categories) {
      for (const policy of readdirSync(join(dir, category)).sort()) {
        yield* policyCases(`${category}/${policy}`, join(dir, category, policy))
      }
    }
  },
}

/** Documents of a YAML file; lists are taken apart. */
function documents(path: string): readonly JsonObject[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).flatMap((document) => {
    const value: unknown = document.toJS()
    if (!isObject(value)) return []
    return value.kind === 'List' && Array.isArray(value.items) ? value.items.filter(isObject) : [value]
  })
}

function* policyCases(name: string, dir: string): Generator<CaseResult> {
  const files = readdirSync(dir).filter((file) => file.endsWith('.yaml'))
  const policies = files.flatMap((file) => documents(join(dir, file)))
  const rules = policies.flatMap(rulesOf)
  if (existsSync(join(dir, '.kyverno-test/kyverno-test.yaml')))
    yield* testResults(name, join(dir, '.kyverno-test'), rules)
  if (existsSync(join(dir, '.chainsaw-test/chainsaw-test.yaml')))
    yield* appliedFiles(name, join(dir, '.chainsaw-test'), rules)
}

const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []

interface World {
  readonly objects: readonly JsonObject[]
  readonly namespaces: readonly JsonObject[]
  readonly updates: ReadonlySet<string>
}

function* testResults(name: string, dir: string, rules: readonly KyvernoRule[]): Generator<CaseResult> {
  const [test = {}] = documents(join(dir, 'kyverno-test.yaml'))
  const files = Array.isArray(test.resources) ? test.resources.filter((file) => typeof file === 'string') : []
  const objects = files.flatMap((file) => documents(join(dir, file)))
  const world = worldOf(dir, objects)
  for (const [i, result] of list(test.results).entries()) {
    const resources = Array.isArray(result.resources) ? result.resources.map(String) : []
    for (const resource of resources) {
      const expected = String(result.result)
      const got = resultOf(result, resource, rules, world)
      yield {
        name: `${name}/test ${i + 1} ${resource}`,
        ok: got.includes(expected),
        expected: { expected, rule: result.rule, kind: result.kind },
        got,
      }
    }
  }
}

function worldOf(dir: string, objects: readonly JsonObject[]): World {
  const path = join(dir, 'values.yaml')
  const [values = {}] = existsSync(path) ? documents(path) : []
  const named = list(values.namespaceSelector).map((one) => ({
    metadata: { name: one.name ?? '', labels: one.labels ?? {} },
  }))
  const own = objects.filter((object) => object.kind === 'Namespace')
  const updates = list(values.policies).flatMap((policy) =>
    list(policy.resources)
      .filter((one) => isObject(one.values) && one.values['request.operation'] === 'UPDATE')
      .map((one) => String(one.name)),
  )
  return { objects, namespaces: [...named, ...own], updates: new Set(updates) }
}

/** All verdicts that a named resource gets from the rules meant; several objects may have the name. */
function resultOf(
  result: JsonObject,
  resource: string,
  rules: readonly KyvernoRule[],
  world: World,
): readonly string[] {
  const [name = '', namespace] = resource.split('/').reverse()
  const found = world.objects.filter(
    (object) =>
      nameOf(object) === name &&
      (result.kind === undefined || object.kind === result.kind) &&
      (namespace === undefined || namespaceOf(object) === namespace),
  )
  const base = (rule: string): string => rule.replace(/^autogen-(?:cronjob-)?/, '')
  const ofPolicy = rules.filter((rule) => rule.of === result.policy)
  const named = ofPolicy.filter((rule) => base(rule.name) === base(String(result.rule)))
  const meant = named.length === 0 ? ofPolicy : named
  return found.map((object) => combined(meant.map((rule) => judge(rule, object, world))))
}

/** A policy fails where one of its rules does, and a rule that ends in an error denies. */
function combined(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail') || verdicts.includes('error')) return 'fail'
  return verdicts.includes('pass') ? 'pass' : 'skip'
}

const metadata = (object: JsonObject): JsonObject => (isObject(object.metadata) ? object.metadata : {})
const nameOf = (object: JsonObject): string => String(metadata(object).name ?? '')
const namespaceOf = (object: JsonObject): string => String(metadata(object).namespace ?? 'default')

function judge(rule: KyvernoRule, object: JsonObject, world: World, before?: JsonObject): Verdict {
  const seen = decoded(object, kindOf(object))
  const old = before ?? (world.updates.has(nameOf(object)) ? object : undefined)
  const request = requestFor(
    seen,
    old === undefined ? 'CREATE' : 'UPDATE',
    old === undefined ? null : decoded(old, kindOf(old)),
  )
  const namespace = world.namespaces.find((one) => nameOf(one) === request.namespace) ?? {
    metadata: { name: request.namespace },
  }
  const params =
    rule.params === undefined ? null : (world.objects.find((one) => nameOf(one) === rule.params?.name) ?? null)
  return verdict(rule, request, namespace, params)
}

const identity = (object: JsonObject): string => `${String(object.kind)}/${namespaceOf(object)}/${nameOf(object)}`

/** Files that Kyverno's cluster tests apply: all documents of a good one are admitted, one of a bad one is not. */
function* appliedFiles(name: string, dir: string, rules: readonly KyvernoRule[]): Generator<CaseResult> {
  const [test = {}] = documents(join(dir, 'chainsaw-test.yaml'))
  const steps = isObject(test.spec) ? list(test.spec.steps) : []
  const applied: JsonObject[] = []
  const before = new Map<string, JsonObject>()
  let ready = false
  for (const [i, action] of steps.flatMap((step) => list(step.try)).entries()) {
    const apply = isObject(action.apply) ? action.apply : isObject(action.create) ? action.create : undefined
    const file = apply?.file
    if (apply === undefined || typeof file !== 'string') continue
    if (file.startsWith('../')) ready = true
    else if (existsSync(join(dir, file))) {
      const objects = documents(join(dir, file))
      applied.push(...objects)
      if (!ready) for (const object of objects) before.set(identity(object), object)
      const bad = JSON.stringify(apply.expect ?? null).includes('$error != null')
      if (!ready) continue
      const world = {
        objects: applied,
        namespaces: applied.filter((object) => object.kind === 'Namespace'),
        updates: new Set<string>(),
      }
      const denied = objects.filter((object) =>
        rules.some((rule) => ['fail', 'error'].includes(judge(rule, object, world, before.get(identity(object))))),
      )
      for (const object of objects) if (!denied.includes(object)) before.set(identity(object), object)
      const got = denied.length > 0 ? `denied: ${denied.map(nameOf).join(', ')}` : 'admitted'
      yield {
        name: `${name}/apply ${i + 1} ${file}`,
        ok: denied.length > 0 === bad,
        expected: bad ? 'one document denied' : 'admitted',
        got,
      }
    }
  }
}
