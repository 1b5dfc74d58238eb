import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleProblemRow } from '../../../../api/contract/detection.ts'
import { marksOf } from './rule-diagnostics.ts'

const problem = (line: number, column: number): RuleProblemRow => ({
  file: 'x.yml',
  line,
  column,
  rule: '',
  severity: 'error',
  what: 'wrong',
  mend: 'right it',
})
const text = 'title: a\n  level: hihg  \nlast'
const marked = (line: number, column: number): string => {
  const [mark] = marksOf(text, [problem(line, column)])
  return text.slice(mark?.from, mark?.to)
}

test('a fault is marked from its column to the end of its line, without space around it', () => {
  assert.equal(marked(2, 10), 'hihg')
  assert.equal(marked(2, 1), 'level: hihg')
  assert.equal(marked(1, 1), 'title: a')
})

test('a place beyond the text is marked at its end', () => {
  assert.equal(marked(99, 1), 'last')
  assert.equal(marked(1, 99), 'a')
  assert.equal(marked(0, 0), 'title: a')
})

test('an empty text can have a fault too', () => {
  assert.deepEqual(marksOf('', [problem(1, 1)]), [
    { from: 0, to: 0, severity: 'error', message: 'wrong\nright it', line: 1 },
  ])
})

test('faults come in the order of the text', () => {
  assert.deepEqual(
    marksOf(text, [problem(3, 1), problem(1, 1)]).map(({ line }) => line),
    [1, 3],
  )
})
