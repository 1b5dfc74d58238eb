import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file below `rules/`, named from there. */
export interface File {
  readonly name: string
  readonly text: string
}

/** Absolute path of the folder `rules/`. */
export const rulesFolder = fileURLToPath(new URL('../../rules', import.meta.url))

const testsSuffix = '.tests.yml'

/** Files of rules of one folder below `rules/`, in order of name; tests are left out. */
export const ruleFiles = (folder: string): readonly File[] =>
  yamlBelow(folder).filter(({ name }) => !name.endsWith(testsSuffix))

/** Files of tests of one folder below `rules/`. `of` is the file of rules that each is for. */
export const testFiles = (folder: string): readonly (File & { readonly of: string })[] =>
  yamlBelow(folder)
    .filter(({ name }) => name.endsWith(testsSuffix))
    .map((file) => ({ ...file, of: `${file.name.slice(0, -testsSuffix.length)}.yml` }))

const yamlBelow = (folder: string): readonly File[] =>
  readdirSync(join(rulesFolder, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ name: relative(rulesFolder, path), text: readFileSync(path, 'utf8') }))
