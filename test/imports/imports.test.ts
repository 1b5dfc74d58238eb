import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { checkImports } from './cruise.ts'

/** Writes the files into a folder of their own, checks its imports, and removes it. */
const check = async (files: Readonly<Record<string, string>>) => {
  const root = mkdtempSync(join(tmpdir(), 'bulwark-imports-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const { modules, violations } = await checkImports(root, 'src')
    return { modules, broken: violations.map(({ rule, from, to }) => `${rule}: ${from} → ${to}`).sort() }
  } finally {
    rmSync(root, { recursive: true })
  }
}

test('passes imports that follow the table', async () => {
  const files = { 'src/model/a.ts': 'export const a = 1\n', 'src/state/b.ts': "export { a } from '../model/a.ts'\n" }
  assert.deepEqual(await check(files), { modules: 2, broken: [] })
})

test('refuses a store that is imported by an engine', async () => {
  const files = {
    'src/store/a.ts': 'export const a = 1\n',
    'src/engines/rbac/b.ts': "export { a } from '../../store/a.ts'\n",
  }
  assert.deepEqual(await check(files), {
    modules: 2,
    broken: ['engine-rbac-imports: src/engines/rbac/b.ts → src/store/a.ts'],
  })
})

test('refuses an import of a type only', async () => {
  const files = {
    'src/api/a.ts': 'export interface A { readonly a: number }\n',
    'src/model/b.ts': "import type { A } from '../api/a.ts'\nexport type B = A\n",
  }
  assert.deepEqual(await check(files), { modules: 2, broken: ['model-imports: src/model/b.ts → src/api/a.ts'] })
})

test('refuses Node modules in pure folders, and sources that know each other', async () => {
  const files = {
    'src/model/a.ts': "import { readFileSync } from 'node:fs'\nexport const a = readFileSync\n",
    'src/sources/audit/b.ts': 'export const b = 1\n',
    'src/sources/replay/c.ts': "export { b } from '../audit/b.ts'\n",
  }
  assert.deepEqual((await check(files)).broken, [
    'pure-folders-have-no-io: src/model/a.ts → fs',
    'sources-are-strangers: src/sources/replay/c.ts → src/sources/audit/b.ts',
  ])
})

test('refuses a fixture in what is no test', async () => {
  const files = {
    'src/state/fixture.ts': 'export const a = 1\n',
    'src/state/other-fixture.ts': "export { a } from './fixture.ts'\n",
    'src/state/b.test.ts': "export { a } from './fixture.ts'\n",
    'src/state/b.ts': "export { a } from './other-fixture.ts'\n",
  }
  assert.deepEqual((await check(files)).broken, ['fixtures-are-for-tests: src/state/b.ts → src/state/other-fixture.ts'])
})

test('refuses a cycle', async () => {
  const files = {
    'src/model/a.ts': "import type { B } from './b.ts'\nexport interface A { readonly b: B }\n",
    'src/model/b.ts': "import type { A } from './a.ts'\nexport interface B { readonly a: A }\n",
  }
  assert.deepEqual((await check(files)).broken, ['no-cycles: src/model/a.ts → src/model/b.ts'])
})
