import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFalco } from '../../sources/falco/index.ts'
import { parseTetragon } from '../../sources/tetragon/index.ts'
import { knownRules } from './catalog.ts'
import { choose } from './choice.ts'
import { type SensorName, sampleFor } from './samples.ts'

const known = [...knownRules().values()]
const time = '2026-11-26T12:00:00Z'

test('each rule over single events of sensors has a sample, of the namespace that is named and of now', () => {
  const { sampled } = choose(known)
  assert.ok(sampled.length >= 4)
  for (const rule of sampled) {
    const sample = sampleFor(rule, new Set<SensorName>(['falco', 'tetragon']), 'own', time)
    assert.ok(sample !== undefined, rule.name)
    const parse = sample.sensor === 'falco' ? parseFalco : parseTetragon
    const entry = { stream: sample.sensor, source: 'selftest', cluster: 'c', receivedAt: 0 } as const
    const [record] = parse({ ...entry, payload: Buffer.from(sample.text) }).records
    assert.ok(record?.kind === 'runtime', rule.name)
    assert.equal(record.namespace, 'own')
    assert.equal(record.time, Date.parse(time) * 1000)
  }
})

test('there is none of a sensor that is not connected', () => {
  const [rule] = choose(known).sampled
  assert.ok(rule !== undefined)
  assert.equal(sampleFor(rule, new Set(), 'own', time), undefined)
})
