/** Rules on disk: files and folders, looked at every second. Mounted ConfigMaps and network disks tell of no change by themselves. */
import type { Stats } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isRuleFile, type RuleFile, type RuleSetProblem } from '../../detect/rule-set.ts'
import type { RuleOrigin } from '../../model/rule.ts'
import { markOf, maybeUnfinished } from './file-mark.ts'

/** What there is now, and what could not be read. Files that could not be read are in neither list of files. */
export interface RuleReading {
  readonly files: readonly RuleFile[]
  readonly problems: readonly RuleSetProblem[]
  /** Names of files, or beginnings of names, that are there and cannot be read now: what they held before goes on. */
  readonly unreadable: readonly string[]
}

/** Bounds of what is read of all paths. */
export const ruleFileLimits = {
  fileBytes: 4 * 1024 * 1024,
  totalBytes: 64 * 1024 * 1024,
  files: 5000,
  depth: 8,
} as const

/** Reads paths, and again only what has changed. What a file that is being written said before goes on until it is whole. */
export class RuleFiles {
  readonly #paths: readonly string[]
  readonly #origin: RuleOrigin
  readonly #known = new Map<string, { readonly mark: string; readonly file: RuleFile }>()
  /** Marks of the last look, by path. */
  #seen: ReadonlyMap<string, string> = new Map()
  #marks = ''

  constructor(paths: readonly string[], origin: RuleOrigin) {
    this.#paths = paths
    this.#origin = origin
  }

  /** Undefined where nothing has changed since the last time. */
  async read(): Promise<RuleReading | undefined> {
    const found: { readonly path: string; readonly stats: Stats }[] = []
    const problems: RuleSetProblem[] = []
    const unreadable: string[] = []
    for (const path of this.#paths) {
      await this.#find(path, 0, true, found, (where, what) => {
        unreadable.push(where)
        problems.push(problemOf(where, what))
      })
    }
    const marks = [...found.map(({ path, stats }) => `${path} ${markOf(stats)}`), ...problems.map(({ what }) => what)]
    if (marks.join('\n') === this.#marks) return undefined
    const files: RuleFile[] = []
    let bytes = 0
    let isComplete = true
    for (const { path, stats } of found) {
      bytes += stats.size
      const tooLarge =
        stats.size > ruleFileLimits.fileBytes
          ? `the file has more than ${ruleFileLimits.fileBytes} bytes`
          : bytes > ruleFileLimits.totalBytes || files.length >= ruleFileLimits.files
            ? `there are more than ${ruleFileLimits.files} files or ${ruleFileLimits.totalBytes} bytes of rules`
            : undefined
      if (tooLarge !== undefined) {
        problems.push(problemOf(path, tooLarge))
        unreadable.push(path)
        continue
      }
      const known = this.#known.get(path)
      const mark = markOf(stats)
      if (known?.mark === mark) {
        files.push(known.file)
        continue
      }
      if (known !== undefined && this.#seen.get(path) !== mark && maybeUnfinished(stats)) {
        isComplete = false
        files.push(known.file)
        continue
      }
      try {
        const file = { name: path, text: await readFile(path, 'utf8'), origin: this.#origin }
        this.#known.set(path, { mark, file })
        files.push(file)
      } catch (error) {
        // It may have gone meanwhile: the next look tells.
        isComplete = false
        problems.push(problemOf(path, `the file cannot be read: ${messageOf(error)}`))
        unreadable.push(path)
      }
    }
    for (const path of this.#known.keys()) if (!found.some((one) => one.path === path)) this.#known.delete(path)
    this.#seen = new Map(found.map(({ path, stats }) => [path, markOf(stats)]))
    this.#marks = isComplete ? marks.join('\n') : ''
    return { files, problems, unreadable }
  }

  async #find(
    path: string,
    depth: number,
    isNamed: boolean,
    found: { readonly path: string; readonly stats: Stats }[],
    fail: (path: string, what: string) => void,
  ): Promise<void> {
    if (found.length > ruleFileLimits.files || depth > ruleFileLimits.depth) return
    try {
      const stats = await stat(path)
      if (stats.isFile()) {
        if (isNamed || isRuleFile(path)) found.push({ path, stats })
        return
      }
      if (!stats.isDirectory()) return
      // Names with a dot in front are not rules: `..data` of a mounted ConfigMap, files of editors.
      const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort()
      for (const name of names) await this.#find(join(path, name), depth + 1, false, found, fail)
    } catch (error) {
      fail(path, `${isNamed ? 'it' : 'the file'} cannot be read: ${messageOf(error)}`)
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const problemOf = (file: string, what: string, mend = 'Make it readable, or leave it out'): RuleSetProblem => ({
  file,
  line: 1,
  column: 1,
  rule: '',
  severity: 'error',
  what,
  mend,
})
