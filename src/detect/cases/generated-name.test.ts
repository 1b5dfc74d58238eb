import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chosenPart, stemOf } from './generated-name.ts'

for (const [name, stem] of [
  ['web-7d9f8c6b5d-x2k4z', 'web'],
  ['web-front-5c9f8b7d64-bcdfg', 'web-front'],
  ['node-exporter-zx9kq', 'node-exporter'],
  ['backup-29401230', 'backup'],
  ['backup-29401230-t5w2x', 'backup'],
  ['web', 'web'],
  ['payments-api', 'payments-api'],
  ['kube-proxy', 'kube-proxy'],
  ['postgres-0', 'postgres-0'],
  ['-bcdfg', '-bcdfg'],
] as const) {
  test(`finds the chosen part of ${name}`, () => assert.equal(stemOf(name), stem))
}

test('keeps the dash, so that what is made with generateName can be matched', () => {
  assert.equal(chosenPart('web-7d9f8c6b5d-x2k4z'), 'web-')
  assert.equal(chosenPart('web'), undefined)
})

test('looks at a hostile name in bounded time', () => {
  assert.equal(chosenPart(`${'-bcdfg'.repeat(100_000)}`), undefined)
  assert.equal(stemOf(`${'-bcdfg'.repeat(40)}!`), `${'-bcdfg'.repeat(40)}!`)
})
