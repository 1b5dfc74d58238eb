import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parseDocument } from 'yaml'
import {
  createFalcoEngine,
  type Detection,
  loadFalcoRules,
  type RuleProblem,
  type RulesFile,
} from '../../../src/engines/falco/index.ts'
import { asString, isObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts'
import { readEvents } from '../falco-events.ts'
import type { CaseResult, Suite, SuiteInput } from '../suite.ts'

/**
 * Falco's last regression suite in YAML. Cases on audit events are run whole; those on captures of system calls, which
 * are not ours to judge, as far as loading their rules goes. A case without its files, or about Falco's own program
 * (its options, configuration and plugins), is none of ours.
 */
export const suite: Suite = {
  name: 'falco-regression',
  *run(input) {
    for (const [name, one] of casesOf(input, 'falco_k8s_audit_tests.yaml')) yield* auditCase(name, one, input)
    for (const file of ['falco_tests.yaml', 'falco_tests_exceptions.yaml', 'falco_tests_plugins.yaml']) {
      for (const [name, one] of casesOf(input, file)) yield* loadCase(name, one, input)
    }
  },
}

const casesOf = ({ dir }: SuiteInput, file: string): readonly (readonly [string, JsonObject])[] => {
  const document = parseDocument(readFileSync(join(dir, file), 'utf8'), { logLevel: 'silent' })
  const value: JsonValue = document.toJS()
  const cases = isObject(value) && isObject(value.trace_files) ? value.trace_files : {}
  return Object.entries(cases).flatMap(([name, one]) => (isObject(one) ? [[name, one] as const] : []))
}

/** The rules that were later renamed, by their names of then. */
const renamed: Readonly<Record<string, string>> = {
  'K8s Role/Clusterrole Created': 'K8s ClusterRole Created',
  'K8s Role/Clusterrole Deleted': 'K8s ClusterRole Deleted',
  'K8s Role/Clusterrolebinding Created': 'K8s ClusterRoleBinding Created',
  'K8s Role/Clusterrolebinding Deleted': 'K8s ClusterRoleBinding Deleted',
}

function* auditCase(name: string, one: JsonObject, input: SuiteInput): Generator<CaseResult> {
  const trace = /open_params=(\S+)/.exec(asString(one.addl_cmdline_opts) ?? '')?.[1]
  const files = rulesOf(one.rules_file, input)
  if (trace === undefined || files === undefined || !existsSync(join(input.dir, trace))) return
  const loaded = loadFalcoRules(files)
  const errors = loaded.problems.filter(({ severity }) => severity === 'error').map(({ what }) => what)
  const engine = createFalcoEngine(loaded)
  const events = readEvents(join(input.dir, trace))
  // Falco does not start on rules with an error, and then detects nothing: several cases pass only for that.
  const found = errors.length > 0 ? [] : events.flatMap((event) => engine.evaluate(event) ?? [])
  const detect = one.detect === true || one.detect === 'True'
  const level = detect ? asString(one.detect_level)?.replace(/^INFO$/, 'INFORMATIONAL') : undefined
  const counts = expectedCounts(one.detect_counts)
  const got = {
    errors,
    detect: found.length > 0,
    levels: [...new Set(found.map(({ priority }) => priority.toUpperCase()))],
    counts: countsOf(found),
  }
  const isLevel = level === undefined || got.levels.includes(level)
  const isCounted = Object.entries(counts).every(([rule, count]) => got.counts[rule] === count)
  yield {
    name,
    ok: got.detect === detect && isLevel && isCounted,
    expected: { detect, level: level ?? null, counts },
    got,
  }
}

const expectedCounts = (value: JsonValue | undefined): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const entry of Array.isArray(value) ? value : []) {
    for (const [rule, count] of Object.entries(isObject(entry) ? entry : {})) {
      if (typeof count === 'number') counts[renamed[rule] ?? rule] = count
    }
  }
  return counts
}

const countsOf = (found: readonly Detection[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { rule } of found) counts[rule] = (counts[rule] ?? 0) + 1
  return counts
}

function* loadCase(name: string, one: JsonObject, input: SuiteInput): Generator<CaseResult> {
  const isValidation = one.validate_rules_file !== undefined
  const files = rulesOf(one.validate_rules_file ?? one.rules_file, input)
  if (files === undefined || one.stderr_contains !== undefined || one.conf_file !== undefined) return
  const { problems } = loadFalcoRules(files)
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (!isValidation) {
    yield { name, ok: errors.length === 0, expected: 'no error', got: errors.map(({ what }) => what) }
    return
  }
  const expected = [...wanted(one.validate_errors), ...wanted(one.validate_warnings)]
  const got = problems.map(summary)
  const isThere = (problem: JsonObject): boolean => got.some((other) => isDeepStrictEqual(other, problem))
  const noError = one.validate_errors !== undefined || errors.length === 0
  yield { name, ok: noError && expected.every(isThere), expected, got }
}

/** Kind, name and code of a problem; its words are ours. */
const summary = ({ item, name, code }: RuleProblem): JsonObject => ({ item, name, code })

const wanted = (list: JsonValue | undefined): readonly JsonObject[] =>
  (Array.isArray(list) ? list.filter(isObject) : []).map((one) => ({
    item: asString(one.item_type) ?? '',
    name: asString(one.item_name) ?? '',
    // The code was renamed later.
    code: asString(one.code)?.replace('LOAD_UNKNOWN_FIELD', 'LOAD_UNKNOWN_FILTER') ?? '',
  }))

/** The rules files of a case, folders in order of name; undefined where one is not there. */
const rulesOf = (value: JsonValue | undefined, { dir, data }: SuiteInput): readonly RulesFile[] | undefined => {
  const names = Array.isArray(value) ? value : [value]
  const files: RulesFile[] = []
  for (const name of names) {
    if (typeof name !== 'string') return undefined
    const path = pathOf(name, dir, data)
    if (!existsSync(path)) return undefined
    const paths = statSync(path).isDirectory()
      ? readdirSync(path)
          .sort()
          .map((file) => join(path, file))
      : [path]
    for (const file of paths) files.push({ path: basename(file), text: readFileSync(file, 'utf8') })
  }
  return files
}

/** Falco's stock rules come from other suites: those of today, as the suite itself took those of its day. */
const pathOf = (name: string, dir: string, data: string): string => {
  if (name.endsWith('/falco_rules.yaml')) return join(data, 'falco-rules', 'rules', 'falco_rules.yaml')
  if (name.endsWith('/k8saudit-rules/k8s_audit_rules.yaml')) {
    return join(data, 'falco-k8saudit', 'k8saudit', 'rules', 'k8s_audit_rules.yaml')
  }
  return join(dir, name)
}
