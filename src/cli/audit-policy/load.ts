import { type PolicyReading, readPolicy } from '../../engines/audit-policy/index.ts'
import { type ManifestObject, readManifests } from '../../sources/manifests/index.ts'
import { type Place, placeText } from '../objects/load.ts'

/** A policy file as the API server would take it. */
export interface PolicyFile {
  readonly file: string
  readonly reading: PolicyReading
  place(path: string): Place
}

/** What came of the files: policies, and why others hold none. */
export interface LoadedPolicies {
  readonly policies: readonly PolicyFile[]
  /** With their places. */
  readonly problems: readonly string[]
}

/**
 * Reads policy files, `-` being standard input. Of a file with several documents the API server reads the first only
 * (YAML's decoder stops there), so the others are problems, as is a file that holds no object at all.
 */
export const loadPolicies = async (
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): Promise<LoadedPolicies> => {
  const found = new Map<string, ManifestObject | undefined>()
  const problems: string[] = []
  const items = readManifests(paths, stdin, (path) => found.set(path, found.get(path)))
  for await (const item of items) {
    if (item.kind === 'problem') {
      const at = item.position === undefined ? item.file : placeText({ file: item.file, ...item.position })
      problems.push(`${at}: ${item.message}`)
    } else if (item.variant === 0 && found.get(item.file) === undefined) found.set(item.file, item)
    else if (item.variant === 0) {
      const place = placeText({ file: item.file, ...item.locate('') })
      problems.push(`${place}: a second object: the API server reads the first of a file only`)
    }
  }
  return {
    policies: [...found].flatMap(([file, item]) =>
      item === undefined
        ? []
        : [{ file, reading: readPolicy(item.object), place: (path: string) => ({ file, ...item.locate(path) }) }],
    ),
    problems,
  }
}
