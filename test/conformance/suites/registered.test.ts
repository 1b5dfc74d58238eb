import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import test from 'node:test'
import type { Suite } from '../suite.ts'
import { suites } from './index.ts'

test('every file that exports a suite is registered, once, in order of name', async () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  const found: string[] = []
  for (const file of files) {
    const module: { readonly suite?: Suite } = await import(`./${file}`)
    if (module.suite !== undefined) found.push(module.suite.name)
  }
  assert.deepEqual(
    suites.map((suite) => suite.name),
    found.sort(),
  )
})
