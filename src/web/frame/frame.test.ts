import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fit, fitting } from './palette-match.ts'
import { parseViews, withView } from './saved-views.ts'

test('the palette prefers the start of a name, then of a word, then any place, then spread letters', () => {
  assert.deepEqual(
    [fit('ev', 'Events'), fit('web', 'shop/web'), fit('ent', 'Events'), fit('evs', 'Events'), fit('zz', 'Events')],
    [0, 1, 2, 3, undefined],
  )
  assert.deepEqual(
    fitting('so', ['also', 'Sources', 'shop sort'], (text) => text),
    ['Sources', 'shop sort', 'also'],
  )
})

test('saved views are read with care: no damaged entry, no link elsewhere', () => {
  assert.deepEqual(
    parseViews(
      JSON.stringify([
        { name: 'refused', href: '/events?q=decision:forbid' },
        { name: 'out', href: 'https://example.org/' },
        { name: 'out', href: '//example.org/' },
        { name: 'script', href: 'javascript:alert(1)' },
        { name: '', href: '/' },
        7,
      ]),
    ),
    [{ name: 'refused', href: '/events?q=decision:forbid' }],
  )
  assert.deepEqual(parseViews('{'), [])
  assert.deepEqual(parseViews(null), [])
})

test('a view of the same name is replaced', () => {
  assert.deepEqual(
    withView(
      [
        { name: 'a', href: '/' },
        { name: 'b', href: '/events' },
      ],
      { name: 'b', href: '/sources' },
    ),
    [
      { name: 'b', href: '/sources' },
      { name: 'a', href: '/' },
    ],
  )
})
