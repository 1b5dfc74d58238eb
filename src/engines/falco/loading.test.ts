import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createFalcoEngine, loadFalcoRules } from './index.ts'

// Each was asked of Falco itself (falcosecurity/falco 130747499bb8 with libs 48dfd53cd23f).

const base = `
- list: verbs
  items: [create]
- macro: creates
  condition: ka.verb in (verbs)
- rule: r
  desc: d
  condition: creates
  output: o
  priority: INFO
  source: k8s_audit
`

const event = {
  auditID: 'a',
  stage: 'ResponseComplete',
  stageTimestamp: '2026-01-02T03:04:05.000678Z',
  verb: 'create',
  requestURI: '/x?k=v',
  user: { username: 'alice' },
}

const errorsOf = (text: string): readonly string[] =>
  loadFalcoRules([
    { path: 'base', text: base },
    { path: 'more', text },
  ])
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code)

const ruleWith = (lines: string): string =>
  `- {rule: new, desc: d, condition: ka.verb exists, output: o, priority: INFO, source: k8s_audit, ${lines}}`

const exception = (parts: string): string => ruleWith(`exceptions: [{name: e, ${parts}}]`)

const accepted: readonly string[] = [
  '- required_engine_version: +15',
  '- required_engine_version: 0.26.0.1',
  '- required_plugin_versions: [{name: k8saudit, version: 0.10.0xyz}]',
  '- {list: verbs, items: [get], override: x}',
  '- {macro: creates, condition: ka.verb = get, override: []}',
  ruleWith('override: true'),
  ruleWith('capture_duration: 0x10'),
  exception('fields: ka.verb, comps: null, values: [get]'),
  exception('fields: ka.verb, comps: {a: b}, values: [get]'),
  exception('fields: [ka.verb], comps: [], values: [[get]]'),
  exception('fields: ka.verb, values: [null]'),
  exception('fields: [ka.verb], comps: [in], values: [[null]]'),
  exception('fields: [ka.verb], comps: [in], values: [[[[get], null]]]'),
  exception('fields: tolower(ka.verb), values: [get]'),
  exception('fields: "ka.uri.param[k]", values: [v]'),
]

for (const text of accepted) it(`loads ${text}`, () => assert.deepEqual(errorsOf(text), []))

const refused: readonly (readonly [text: string, code: string])[] = [
  ['- {list: verbs, items: [get], override: [a]}', 'LOAD_ERR_YAML_VALIDATE'],
  [ruleWith('capture_duration: 1.5'), 'LOAD_ERR_YAML_VALIDATE'],
  [ruleWith('capture_duration: 4294967296'), 'LOAD_ERR_YAML_VALIDATE'],
  [exception('fields: null, values: [get]'), 'LOAD_ERR_VALIDATE'],
  [exception('fields: []'), 'LOAD_ERR_VALIDATE'],
  [exception('fields: "ka.verb x"'), 'LOAD_ERR_VALIDATE'],
  [exception('fields: "ka.verb "'), 'LOAD_ERR_VALIDATE'],
  [exception('fields: ka.uri.param'), 'LOAD_ERR_VALIDATE'],
  [exception('fields: "ka.verb[0]"'), 'LOAD_ERR_VALIDATE'],
  [exception('fields: "tolower(ka.verb) x"'), 'LOAD_ERR_VALIDATE'],
]

for (const [text, code] of refused) it(`refuses ${text}`, () => assert.deepEqual(errorsOf(text), [code]))

const outputs: readonly (readonly [output: string, shown: string])[] = [
  ['%ka.verb[0]', 'create[0]'],
  ['%ka.uri.param', '/x?k=v.param'],
  ['%ka.verbs', 'creates'],
  ['%evt.num.x', '1.x'],
  ['%toupper(ka.verb)[0]', 'CREATE[0]'],
  ['%evt.rawtime.ns', '000678000'],
  ['%evt.reltime', '000000000'],
  ['%evt.reltime.s', '0'],
]

for (const [output, shown] of outputs) {
  it(`shows ${output} as ${shown}`, () => {
    const text = ruleWith('override: x').replace('output: o', `output: "${output}"`)
    const engine = createFalcoEngine(loadFalcoRules([{ path: 'f', text }]))
    assert.deepEqual(
      engine.evaluate(event)?.map((found) => found.output),
      [shown],
    )
  })
}
