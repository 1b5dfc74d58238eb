import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleEvent } from '../fixture.ts'
import { csvHeader, csvLine } from './csv.ts'

const userColumn = csvHeader.split(',').indexOf('user')

const cases: readonly (readonly [string, string])[] = [
  ['alice', 'alice'],
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\tx', "'\tx"],
  ['a"b', '"a""b"'],
  ['a\r\nb', '"a\r\nb"'],
  [' a ', '" a "'],
  ['=cmd|"x"', `"'=cmd|""x"""`],
]
for (const [value, expected] of cases) {
  test(`writes ${JSON.stringify(value)} as ${JSON.stringify(expected)}`, () => {
    const line = csvLine(sampleEvent('e', { user: value }))
    const before = csvLine(sampleEvent('e', { user: '' }))
      .split(',')
      .slice(0, userColumn)
      .join(',')
    assert.ok(line.startsWith(`${before},${expected},`), line)
  })
}
