import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A file to read, something about the files that has to be told, or the count of those left out in a folder. */
export type FileItem =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'chart'; readonly path: string; readonly templates: number }
  | { readonly kind: 'unreadable'; readonly path: string; readonly why: string }

const manifestName = /\.(ya?ml|json)$/i

/**
 * The manifests that a path names: itself, or, for a folder, every .yaml, .yml and .json below it, in order of name. A
 * Helm chart that was not rendered is told as one thing; its values and its templates with `{{` are not manifests. Links
 * are followed, each folder once. The folder `.git` is left out.
 *
 * @param isTemplate tells whether a file of a chart's `templates` has to be rendered before it is a manifest
 */
export async function* findManifests(
  path: string,
  isTemplate: (path: string) => Promise<boolean>,
): AsyncGenerator<FileItem> {
  let isFolder: boolean
  try {
    isFolder = (await stat(path)).isDirectory()
  } catch (error) {
    yield { kind: 'unreadable', path, why: reasonOf(error) }
    return
  }
  if (!isFolder) {
    yield { kind: 'file', path }
    return
  }
  let found = 0
  for await (const item of walk(path, new Set(), undefined, isTemplate)) {
    found += 1
    yield item
  }
  if (found === 0) yield { kind: 'unreadable', path, why: 'the folder holds no .yaml, .yml or .json file' }
}

/** `chart` counts the templates of the Helm chart that the folder belongs to. */
async function* walk(
  folder: string,
  visited: Set<string>,
  chart: { templates: number } | undefined,
  isTemplate: (path: string) => Promise<boolean>,
): AsyncGenerator<FileItem> {
  let entries: readonly Dirent[]
  try {
    const real = await realpath(folder)
    if (visited.has(real)) return
    visited.add(real)
    entries = await readdir(folder, { withFileTypes: true })
  } catch (error) {
    yield { kind: 'unreadable', path: folder, why: reasonOf(error) }
    return
  }
  const isChart = entries.some((entry) => entry.name === 'Chart.yaml')
  const inner = isChart ? { templates: 0 } : chart
  const names = entries.map((entry) => entry.name).sort()
  for (const name of names) {
    const path = join(folder, name)
    const type = await typeOf(path)
    if (type === 'folder') {
      if (name !== '.git') yield* walk(path, visited, inner, isTemplate)
    } else if (type !== 'file' && type !== 'other') yield { kind: 'unreadable', path, why: type.why }
    else if (type === 'file' && manifestName.test(name) && !(isChart && isChartFile(name))) {
      if (inner !== undefined && (await isTemplate(path))) inner.templates += 1
      else yield { kind: 'file', path }
    }
  }
  if (isChart && inner !== undefined && inner.templates > 0) {
    yield { kind: 'chart', path: folder, templates: inner.templates }
  }
}

const isChartFile = (name: string): boolean => /^(Chart\.ya?ml|values.*\.(ya?ml|json))$/.test(name)

const typeOf = async (path: string): Promise<'file' | 'folder' | 'other' | { readonly why: string }> => {
  try {
    const found = await stat(path)
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other'
  } catch (error) {
    return { why: reasonOf(error) }
  }
}

/** What the file system says, for a person. */
export const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EACCES':
    case 'EPERM':
      return 'we may not read it'
    case 'ELOOP':
      return 'it is a link that leads in a circle'
    case 'EISDIR':
      return 'it is a folder'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
