import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { createFalcoEngine, type Detection, loadFalcoRules, type RulesFile } from '../../../src/engines/falco/index.ts'
import { asString, isObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts'
import { readEvents } from '../falco-events.ts'
import { type CaseResult, type Suite, subset } from '../suite.ts'

/** What a real Falco said: conditions over one event, and the alerts of the stock rules over recorded events. */
export const suite: Suite = {
  name: 'oracle-falco-k8saudit',
  *run({ dir, data, quick }) {
    const probes = listOf(readJson(join(dir, 'condition-probes.json')))
    const events = readEvents(join(dir, 'condition-probes-event.jsonl'))
    for (const probe of subset(probes, quick)) yield probeResult(probe, events)
    const traces = readJson(join(dir, 'alerts-by-trace.json'))
    const stock = stockRules(data)
    for (const [trace, expected] of Object.entries(isObject(traces) ? traces : {})) {
      if (isObject(expected)) yield* traceResults(trace, expected, stock, data)
    }
  },
}

const stockRules = (data: string): readonly RulesFile[] => {
  const path = join(data, 'falco-k8saudit', 'k8saudit', 'rules', 'k8s_audit_rules.yaml')
  return [{ path, text: readFileSync(path, 'utf8') }]
}

const probeResult = (probe: JsonObject, events: ReturnType<typeof readEvents>): CaseResult => {
  const condition = asString(probe.condition) ?? ''
  // JSON texts are YAML, too, so that the condition arrives as it is.
  const text = JSON.stringify([
    { list: 'mylist', items: ['g1', 'g2'] },
    { list: 'emptyl', items: [] },
    { rule: 'probe', desc: 'd', condition, output: 'o', priority: 'INFO', source: 'k8s_audit' },
  ])
  const loaded = loadFalcoRules([{ path: 'probe.yaml', text }])
  const errors = loaded.problems.filter(({ severity }) => severity === 'error').map(({ what }) => what)
  const engine = createFalcoEngine(loaded)
  const verdict = events.some((event) => (engine.evaluate(event) ?? []).length > 0)
  const result = errors.length > 0 ? 'load-error' : verdict
  const expected = probe.result ?? null
  return { name: `condition ${condition}`, ok: result === expected, expected, got: [result, ...errors] }
}

function* traceResults(
  trace: string,
  expected: JsonObject,
  stock: readonly RulesFile[],
  data: string,
): Generator<CaseResult> {
  const events = readEvents(join(data, 'falco-regression', 'trace_files', 'k8s_audit', trace))
  const loaded = loadFalcoRules(stock)
  for (const matching of ['first', 'all'] as const) {
    const engine = createFalcoEngine(loaded, { matching })
    const got = events.flatMap((event) => engine.evaluate(event) ?? []).map(alertOf)
    const wanted = listOf(expected[matching]).map(comparable)
    yield { name: `${trace} ${matching}`, ok: isDeepStrictEqual(got, wanted), expected: wanted, got }
  }
}

/** The detection as Falco's JSON output with ISO times says it, without the time among the fields. */
const alertOf = ({ rule, priority, source, tags, output, fields, time }: Detection): JsonObject => ({
  output: `${time.slice(0, -1)}+0000: ${priority} ${output}`,
  output_fields: { ...fields },
  priority,
  rule,
  source,
  tags,
  time,
})

const comparable = (alert: JsonObject): JsonObject => {
  const { 'evt.time.iso8601': _, ...fields } = isObject(alert.output_fields) ? alert.output_fields : {}
  return { ...alert, output_fields: fields }
}

const readJson = (path: string): JsonValue => JSON.parse(readFileSync(path, 'utf8'))

const listOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []
