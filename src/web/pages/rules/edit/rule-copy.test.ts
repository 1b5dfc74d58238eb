import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyOf, nameFrom, newRule } from './rule-copy.ts'

test('a copy has another id, name and title, and is else the same', () => {
  assert.equal(
    copyOf('title: "Secrets: read"\nid: old\nname: secrets\nauthor: them\n', 'sigma', 'new'),
    'title: "Secrets: read (copy)"\nid: new\nname: secrets-copy\nauthor: them\n',
  )
})

test('a rule without an id gets one', () => {
  assert.equal(copyOf('title: a\n', 'sigma', 'new'), 'id: new\ntitle: a (copy)\n')
})

test('only the first document of its kind is renamed, and an id inside is left alone', () => {
  const text = 'title: a\nid: old\ndetection:\n  s:\n    id: 5\n'
  assert.equal(copyOf(text, 'sigma', 'new'), 'title: a (copy)\nid: new\ndetection:\n  s:\n    id: 5\n')
})

test('of Falco the name is what is copied; a dollar in it is only a dollar', () => {
  assert.equal(copyOf('- rule: Pay $& more\n  desc: x\n', 'falco', 'new'), '- rule: Pay $& more (copy)\n  desc: x\n')
})

test('a name to save under is made of letters, digits and dashes', () => {
  assert.equal(nameFrom('All Secrets of the cluster: read “by hand”!'), 'all-secrets-of-the-cluster-read-by-hand')
  assert.equal(nameFrom('—'), '')
  assert.ok(/^[A-Za-z0-9_-]{1,64}$/.test(nameFrom('x '.repeat(200))))
})

test('a new rule has the id it is given, and an author that is any text', () => {
  assert.match(newRule('an-id', 'Alice: "A"', '2026-11-26'), /^id: an-id$/m)
  assert.match(newRule('an-id', 'Alice: "A"', '2026-11-26'), /^author: "Alice: \\"A\\""$/m)
})
