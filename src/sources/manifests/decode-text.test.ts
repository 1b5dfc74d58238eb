import assert from 'node:assert/strict'
import test from 'node:test'
import { decodeText } from './decode-text.ts'

const text = 'kind: Pod # ü😀'
const little = Buffer.from(text, 'utf16le')
const big = Buffer.from(little).swap16()

const encodings: readonly (readonly [string, Uint8Array])[] = [
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])],
  ['UTF-16 LE with a mark', Buffer.concat([Buffer.from([0xff, 0xfe]), little])],
  ['UTF-16 BE with a mark', Buffer.concat([Buffer.from([0xfe, 0xff]), big])],
  ['UTF-16 LE without a mark', little],
  ['UTF-16 BE without a mark', big],
]
for (const [name, bytes] of encodings) {
  test(`reads ${name}`, () => {
    assert.deepEqual(decodeText(bytes), { kind: 'text', text })
  })
}

test('says what is wrong with other bytes, and replaces none', () => {
  const why = (...bytes: readonly number[]) => decodeText(new Uint8Array(bytes))
  assert.deepEqual(why(0x61, 0xff, 0x62), { kind: 'unreadable', why: 'it is not valid UTF-8 text (a binary file?)' })
  assert.deepEqual(why(0xff, 0xfe, 0, 0), { kind: 'unreadable', why: 'it is UTF-32; save it as UTF-8' })
  assert.deepEqual(why(0xff, 0xfe, 0x00, 0xd8), {
    kind: 'unreadable',
    why: 'it is not valid UTF-16LE text (a binary file?)',
  })
  assert.deepEqual(why(), { kind: 'text', text: '' })
})
