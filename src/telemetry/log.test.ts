import assert from 'node:assert/strict'
import { test } from 'node:test'
import { terminalLog } from './log.ts'

test('a terminal sees warnings and errors, without control characters', () => {
  const lines: string[] = []
  const log = terminalLog((line) => lines.push(line))
  log.info('started')
  log.warn('source is silent', { source: 'audit\u001b[31m', since: undefined })
  log.error('cannot store', new Error('disk\nfull'))
  assert.deepEqual(lines, ['! source is silent source=audit\uFFFD[31m', '✗ cannot store: disk\uFFFDfull'])
})
