import assert from 'node:assert/strict'
import { test } from 'node:test'
import { visibleText } from './visible-text.ts'

test('what turns the direction, has no width or is a control is shown by its number', () => {
  for (const [text, shown] of [
    ['\u202egnp.exe', '[U+202E]gnp.exe'],
    ['ali\u200bce', 'ali[U+200B]ce'],
    ['a\u2066b\u2069c', 'a[U+2066]b[U+2069]c'],
    ['\ufeffroot', '[U+FEFF]root'],
    ['so\u00adft', 'so[U+00AD]ft'],
    ['red\u001b[31m', 'red[U+001B][31m'],
    ['tag\u{e0041}', 'tag[U+E0041]'],
    ['\u3164', '[U+3164]'],
    ['one\u2028two', 'one[U+2028]two'],
  ] as const) {
    assert.equal(visibleText(text), shown)
  }
})

test('what people write is left as it is', () => {
  for (const text of [
    '',
    'system:serviceaccount:shop:web',
    'a\n\tb\r\n',
    'Zürich 東京 שלום مرحبا 😀',
    'a\u00a0b – “c” …',
  ]) {
    assert.equal(visibleText(text), text)
  }
})
