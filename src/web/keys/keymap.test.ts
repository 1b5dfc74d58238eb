import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KeyPress, noKeys, pressKey } from './keymap.ts'

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  mod: false,
  alt: false,
  typing: false,
  millis: 0,
  ...more,
})

test('single keys ask for their action', () => {
  for (const [key, action] of [
    ['j', 'next'],
    ['k', 'previous'],
    ['/', 'query'],
    ['?', 'sheet'],
    ['Enter', 'open'],
    ['Escape', 'back'],
    ['y', undefined],
    ['constructor', undefined],
  ] as const) {
    assert.deepEqual(pressKey(noKeys, press(key)), { state: noKeys, action })
  }
})

test('g and a letter go to a page, if the letter comes in time', () => {
  const waiting = pressKey(noKeys, press('g', { millis: 1000 }))
  assert.deepEqual(waiting, { state: { pending: 'g', since: 1000 }, action: undefined })
  assert.deepEqual(pressKey(waiting.state, press('e', { millis: 1400 })), { state: noKeys, action: 'go-events' })
  assert.deepEqual(pressKey(waiting.state, press('w', { millis: 9000 })), { state: noKeys, action: undefined })
  assert.deepEqual(pressKey(waiting.state, press('j', { millis: 1100 })), { state: noKeys, action: 'next' })
})

test('keys mean nothing while text is typed, except the palette and Escape', () => {
  assert.equal(pressKey(noKeys, press('j', { typing: true })).action, undefined)
  assert.equal(pressKey(noKeys, press('k', { typing: true, mod: true })).action, 'palette')
  assert.equal(pressKey(noKeys, press('Escape', { typing: true })).action, 'back')
  assert.equal(pressKey(noKeys, press('j', { mod: true })).action, undefined)
})
