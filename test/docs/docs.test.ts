import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { generatedDocs } from '../../scripts/docs.ts'
import { errorCodes } from '../../src/model/error.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

for (const [name, text] of Object.entries(generatedDocs)) {
  test(`docs/${name} is as the code says (node scripts/docs.ts writes it)`, () =>
    assert.equal(read(`docs/${name}`), text))
}

test('every error code is raised somewhere', () => {
  const source = globSync('src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts', 'src/model/error.ts'] })
    .map(read)
    .join('\n')
  assert.deepEqual(
    Object.keys(errorCodes).filter((code) => !source.includes(`'${code}'`)),
    [],
  )
})

test('every link between our pages leads somewhere', () => {
  const pages = globSync(['*.md', 'docs/**/*.md', 'recordings/*.md', 'test/*/*.md', 'src/**/*.md'], { cwd: root })
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page} → ${target}`),
  )
  assert.deepEqual(broken, [])
})
