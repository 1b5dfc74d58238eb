import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSavedName, savedName } from './saved-name.ts'

test('a rule that was saved on the page is known by the name of its file', () => {
  assert.equal(savedName({ origin: 'user', file: 'saved/night-shift_2.yml' }), 'night-shift_2')
  for (const [origin, file] of [
    ['bulwark', 'saved/mine.yml'],
    ['user', '/etc/bulwark/saved/mine.yml'],
    ['user', 'saved/mine.yaml'],
    ['user', 'saved/a/b.yml'],
    ['user', 'saved/.yml'],
    ['user', `saved/${'x'.repeat(65)}.yml`],
  ] as const) {
    assert.equal(savedName({ origin, file }), undefined, file)
  }
})

test('a name has letters, digits, dashes and underscores, 64 at most', () => {
  for (const name of ['a', 'Night-Shift_2', 'x'.repeat(64)]) assert.equal(isSavedName(name), true, name)
  for (const name of ['', ' a', 'a b', 'a/b', 'ä', 'a.yml', 'a\n', 'x'.repeat(65)]) {
    assert.equal(isSavedName(name), false, JSON.stringify(name))
  }
})
