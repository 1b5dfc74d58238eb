import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { isObject, type JsonObject, type JsonValue } from '../../src/model/json.ts'

/** All Kubernetes objects of a folder's YAML and JSON files, in order of the files' names; lists are taken apart. */
export const manifestsIn = (folder: string): readonly JsonObject[] =>
  globSync('**/*.{yaml,yml,json}', { cwd: folder })
    .sort()
    .flatMap((file) => manifestsOf(readFileSync(join(folder, file), 'utf8')))

/** The objects of one text. A document that is no YAML is passed over, as upstream's own readers of these cases do. */
export const manifestsOf = (text: string): readonly JsonObject[] =>
  parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent' }).flatMap((document) => {
    if (!('errors' in document) || document.errors.length > 0) return []
    const value: JsonValue = document.toJS({ maxAliasCount: 100 })
    return flat(value)
  })

/** The first document of a text as a value; null where it is none. */
export const parsedYaml = (text: string): JsonValue => {
  const [document] = parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent' })
  return document === undefined || !('toJS' in document) ? null : document.toJS({ maxAliasCount: 100 })
}

/** Items of a typed list carry no kind of their own. */
const flat = (value: JsonValue): readonly JsonObject[] => {
  if (Array.isArray(value)) return value.flatMap(flat)
  if (!isObject(value)) return []
  const { kind, apiVersion, items } = value
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [value]
  const typed = kind === 'List' ? {} : { kind: kind.slice(0, -4), apiVersion }
  return items.filter(isObject).flatMap((item) => flat({ ...typed, ...item }))
}
