import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visibleProps } from './visible-props.ts'

test('texts that people read are made visible, also among other children', () => {
  const element = { type: 'b' }
  assert.deepEqual(
    visibleProps({ children: 'a\u202eb', title: '\u200b', 'aria-label': 'x\u200b', className: 'y\u200b' }),
    {
      children: 'a[U+202E]b',
      title: '[U+200B]',
      'aria-label': 'x[U+200B]',
      className: 'y\u200b',
    },
  )
  assert.deepEqual(visibleProps({ children: ['a', [' \u202eb', element], 3, null] }), {
    children: ['a', [' [U+202E]b', element], 3, null],
  })
})

test('what is sent or compared stays as it is', () => {
  const given = { value: 'a\u202eb', href: '/x\u200b', id: '\u200b', to: '\u202e' }
  assert.equal(visibleProps(given), given)
})

test('properties in which nothing hides are the very same', () => {
  const given = { children: ['a', { type: 'b' }], title: 'b' }
  assert.equal(visibleProps(given), given)
})
