import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type SampleDetection, sampleDetection } from './fixture.ts'
import { detectionKeys } from './step.ts'
import { StepList } from './step-list.ts'

const secret = (namespace: string, name: string, more: Partial<SampleDetection> = {}): SampleDetection => ({
  rule: 'r',
  principal: 'eve',
  minute: 0,
  ...more,
  target: { resource: 'secrets', namespace, name, ...more.target },
})
const listOf = (samples: readonly SampleDetection[], most = 200): StepList => {
  const list = new StepList({ namesPerStep: 8, evidencePerStep: 10 }, most, { generalised: 0 })
  for (const sample of samples) {
    const detection = sampleDetection(sample)
    list.add(detection, detectionKeys(detection))
  }
  return list
}
const seen = (list: StepList): readonly string[] =>
  [...list.values()]
    .map(
      ({ principal, target, count }) => `${principal} ${target.resource} ${target.namespace}/${target.name} ${count}`,
    )
    .sort()
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)

test('counts what says the same in one step', () => {
  const list = listOf([
    secret('a', 'x'),
    secret('a', 'x', { minute: 2 }),
    secret('a', 'y'),
    secret('a', 'x', { refused: true }),
  ])
  assert.deepEqual(seen(list), ['eve secrets a/x 1', 'eve secrets a/x 2', 'eve secrets a/y 1'])
})

test('eight names stay eight steps, the ninth makes them one', () => {
  assert.equal(listOf(range(8).map((n) => secret('a', `x${n}`))).size, 8)
  const list = listOf(range(9).map((n) => secret('a', `x${n}`, { minute: n })))
  assert.deepEqual(seen(list), ['eve secrets a/* 9'])
  const [step] = list.values()
  assert.equal(step?.id, sampleDetection(secret('a', 'x0')).id)
  assert.equal(step.oldest.length + step.newest.length, 9)
})

test('names, then namespaces, then resources, then principals', () => {
  const inSpaces = range(9).map((n) => secret(`n${n}`, 'x'))
  assert.deepEqual(seen(listOf(inSpaces)), ['eve secrets */* 9'])
  const ofKinds = range(9).map((n) => secret('a', 'x', { target: { resource: `k${n}` } }))
  assert.deepEqual(seen(listOf(ofKinds)), ['eve * */* 9'])
  const ofMany = range(17).map((n) => secret('a', 'x', { principal: `u${n}` }))
  assert.deepEqual(seen(listOf(ofMany)), ['* * */* 17'])
})

test('what fits a wide step is counted there', () => {
  const wide = range(9).map((n) => secret('a', `x${n}`))
  assert.deepEqual(seen(listOf([...wide, secret('a', 'new'), secret('b', 'x')])), [
    'eve secrets a/* 10',
    'eve secrets b/x 1',
  ])
})

test('a wide step that is put in takes the narrow ones in', () => {
  const list = listOf([secret('a', 'x'), secret('b', 'y')])
  const [wide] = listOf(range(9).map((n) => secret('a', `z${n}`))).values()
  assert.ok(wide)
  list.put(wide)
  assert.deepEqual(seen(list), ['eve secrets a/* 10', 'eve secrets b/y 1'])
})

test('tells what to store and what is gone', () => {
  const list = listOf(range(8).map((n) => secret('a', `x${n}`, { minute: n })))
  const before = list.drain()
  assert.equal(before.stored.length, 8)
  assert.deepEqual(list.drain(), { stored: [], gone: [] })
  const ninth = sampleDetection(secret('a', 'x8', { minute: 8 }))
  list.add(ninth, detectionKeys(ninth))
  const { stored, gone } = list.drain()
  assert.deepEqual(
    stored.map(({ id, count }) => ({ id, count })),
    [{ id: before.stored[0]?.id, count: 9 }],
  )
  assert.deepEqual([...gone].sort(), [...before.stored.slice(1).map(({ id }) => id), ninth.id].sort())
})

test('never holds more than its bound, and never loses a count', () => {
  const name = fc.nat(20)
  const samples = fc.array(
    fc.record({ rule: fc.nat(3), principal: name, resource: name, namespace: name, name, refused: fc.boolean() }),
    { maxLength: 200 },
  )
  fc.assert(
    fc.property(samples, (all) => {
      const list = listOf(
        all.map((one) =>
          secret(`n${one.namespace}`, `x${one.name}`, {
            rule: `r${one.rule}`,
            principal: `u${one.principal}`,
            refused: one.refused,
            target: { resource: `k${one.resource}` },
          }),
        ),
        12,
      )
      assert.ok(list.size <= 12)
      assert.equal(
        [...list.values()].reduce((sum, { count }) => sum + count, 0),
        all.length,
      )
    }),
  )
})
