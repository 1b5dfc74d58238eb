import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isObject } from '../../src/model/json.ts'
import { techniquesOf } from '../../src/model/rule.ts'
import { readCases } from '../../src/server/detection/rule-cases.ts'
import { ruleFiles, testFiles } from './files.ts'
import { judgeOf } from './judge.ts'
import { measureNoise, withNoise } from './noise.ts'
import { attackSteps, isOfAttack, judgedRecords } from './recording.ts'
import { knownTechniques, tactics } from './technique-ids.ts'

const files = ruleFiles('bulwark')
const tests = testFiles('bulwark')
const ours = judgeOf(files, 'bulwark')
const { rules, correlations, filters, documents } = ours
const everyDocument = [...documents, ...filters]

test('every rule loads without a problem, and asks for nothing that cannot be', () => {
  assert.deepEqual(ours.problems, [])
  assert.deepEqual(
    rules.filter(({ health }) => health.dead || health.notes.length > 0).map(({ rule, health }) => [rule.name, health]),
    [],
  )
  assert.deepEqual(
    rules.filter(({ enabled }) => !enabled).map(({ rule }) => rule.name),
    [],
  )
  assert.deepEqual(
    correlations.filter(({ enabled }) => !enabled).map(({ correlation }) => correlation.name),
    [],
  )
})

test('every id is a UUID of version 4, and every id, name and title is given once', () => {
  for (const { id, name = '' } of everyDocument)
    assert.match(id ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, name)
  for (const key of ['id', 'name', 'title'] as const) {
    const values = everyDocument.map((one) => one[key])
    assert.deepEqual(
      values.filter((value, index) => values.indexOf(value) !== index),
      [],
    )
  }
})

test('every rule says who made it, what it is for, what to do, and what it looks like on the recording', () => {
  for (const one of documents) {
    const { author, license, description, level, status, references, falsepositives, document } = one
    const name = one.name ?? ''
    assert.equal(author, 'Bulwark', name)
    assert.equal(license, 'Apache-2.0', name)
    assert.notEqual(level, undefined, name)
    assert.notEqual(status, undefined, name)
    assert.ok(description.length > 20, `${name}: description`)
    assert.ok(references.length > 0 && references.every((one) => one.startsWith('https://')), `${name}: references`)
    assert.ok(falsepositives.length > 0, `${name}: falsepositives`)
    const guide = document.bulwark
    assert.ok(isObject(guide), `${name}: bulwark`)
    for (const key of ['why', 'normal', 'respond']) assert.ok(String(guide[key] ?? '').length > 4, `${name}: ${key}`)
    assert.ok(Array.isArray(guide.fields) && guide.fields.length > 0, `${name}: fields`)
    assert.ok(isObject(guide.noise), `${name}: noise`)
  }
})

test('every tag is a tactic or a technique that there is, and every rule has one of MITRE ATT&CK and one of the Threat matrix', () => {
  for (const { name = '', tags } of documents) {
    const unknown = tags.filter((tag) => {
      const tactic = /^attack\.([a-z-]+)$/.exec(tag)?.[1]
      if (tactic !== undefined) return !tactics.includes(tactic)
      const [technique] = techniquesOf([tag])
      return technique === undefined || !knownTechniques.has(technique)
    })
    assert.deepEqual(unknown, [], name)
    for (const [first, of] of [
      ['T', 'MITRE ATT&CK'],
      ['MS-', 'the Threat matrix for Kubernetes'],
    ] as const)
      assert.ok(
        techniquesOf(tags).some((technique) => technique.startsWith(first)),
        `${name} has no technique of ${of}`,
      )
  }
})

test('every rule that a filter names is there', () => {
  const names = new Set(documents.map(({ name }) => name ?? ''))
  for (const { name = '', rules: named } of filters) {
    assert.ok(named !== 'any', name)
    assert.deepEqual(
      [...named].filter((one) => !names.has(one)),
      [],
      name,
    )
    assert.deepEqual(
      [...named].filter((one, index) => named.indexOf(one) !== index),
      [],
      name,
    )
  }
})

test('every file of rules has tests, and every rule fires in one and stays silent in another', () => {
  const withRules = files.filter(({ name }) => documents.some(({ at }) => at.file === name)).map(({ name }) => name)
  assert.deepEqual(
    tests.map(({ of }) => of),
    withRules,
  )
  for (const { name, text, of } of tests) {
    const cases = readCases(text, name)
    for (const rule of inFile(of)) {
      assert.ok(
        cases.some(({ fires }) => fires.includes(rule)),
        `${name}: "${rule}" fires in no test`,
      )
      assert.ok(
        cases.some(({ fires }) => !fires.includes(rule)),
        `${name}: "${rule}" fires in all tests`,
      )
    }
  }
})

/** Names of the rules of a file that detections can have: those that only correlations and baselines ask for have none. */
const inFile = (file: string): readonly string[] => [
  ...rules.flatMap((one) => (one.rule.at.file === file && ours.isHeard(one) ? [one.rule.name ?? ''] : [])),
  ...correlations.flatMap(({ correlation, alerts }) =>
    correlation.at.file === file && alerts ? [correlation.name ?? ''] : [],
  ),
  ...ours.baselines.flatMap(({ at, name }) => (at.file === file ? [name ?? ''] : [])),
]

for (const { name, text, of } of tests) {
  const own = new Set(inFile(of))
  for (const one of readCases(text, name)) {
    test(`${of}: ${one.name}`, () => {
      const fired = new Set(ours.judgeRecords(one.records).map(({ rule }) => rule))
      assert.deepEqual([...fired].filter((rule) => own.has(rule)).sort(), [...one.fires].sort())
    })
  }
}

test('the figures of noise in the rules are those of the recording: node test/rules/noise.ts --write', async () => {
  const noise = await measureNoise()
  assert.deepEqual(
    files.filter(({ text }) => withNoise(text, noise) !== text).map(({ name }) => name),
    [],
  )
})

test('every step of the attack is found, most by a rule that opens a case, and nothing else opens one', async () => {
  const fired = ours.judgeRecords(await judgedRecords('shop'))
  const opens = fired.filter(({ severity }) => severity !== 'info' && severity !== 'low')
  const found = (list: typeof fired): readonly string[] => {
    const seen = list.flatMap(({ events }) => events)
    return attackSteps.filter(({ isIn }) => seen.some(isIn)).map(({ what }) => what)
  }
  assert.deepEqual(
    found(fired),
    attackSteps.map(({ what }) => what),
  )
  // These three join the case that the others open, by principal and address.
  const joined = ['bindings listed', 'its pod deleted', 'the token refused']
  assert.deepEqual(
    found(opens),
    attackSteps.map(({ what }) => what).filter((what) => !joined.includes(what)),
  )
  assert.deepEqual(
    opens.filter(({ events }) => !events.some(isOfAttack)).map(({ rule }) => rule),
    [],
  )
})
