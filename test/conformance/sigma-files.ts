import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** The YAML files below a folder, in order of name, with their paths from it. */
export const yamlFiles = (dir: string): readonly { readonly name: string; readonly text: string }[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ name: relative(dir, path), text: readFileSync(path, 'utf8') }))
