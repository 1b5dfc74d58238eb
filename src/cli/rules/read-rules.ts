import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RuleFault, RuleLanguage, RuleSet, RuleText } from './language.ts'

export interface ReadRules {
  readonly sets: readonly RuleSet[]
  /** Number of files that were read. */
  readonly files: number
  /** Files and folders that could not be read, or are of no language. */
  readonly unreadable: readonly RuleFault[]
}

/** A rules file is written by hand; what is larger is something else. */
const largestFile = 32 * 1024 * 1024

/**
 * Reads rules: files as they are given, folders with every .yaml and .yml below them in order of name. Files of one
 * language are loaded together, so that a later one can change what an earlier one defines. `languageOf` tells the
 * language of a text.
 */
export const readRules = async (
  paths: readonly string[],
  languageOf: (text: string) => RuleLanguage | undefined,
  stdin: AsyncIterable<Uint8Array>,
): Promise<ReadRules> => {
  const texts: RuleText[] = []
  const unreadable: RuleFault[] = []
  for (const path of paths) {
    try {
      if (path === '-') texts.push({ path: '-', text: await textOf(stdin) })
      else for (const file of await filesAt(path)) texts.push({ path: file, text: await contentOf(file) })
    } catch (error) {
      unreadable.push(faultOf(path, reasonOf(error)))
    }
  }
  const byLanguage = new Map<RuleLanguage, RuleText[]>()
  for (const text of texts) {
    const language = languageOf(text.text)
    if (language === undefined) {
      unreadable.push(faultOf(text.path, 'there are no detection rules in it'))
      continue
    }
    const others = byLanguage.get(language)
    if (others === undefined) byLanguage.set(language, [text])
    else others.push(text)
  }
  return { sets: [...byLanguage].map(([language, of]) => language.load(of)), files: texts.length, unreadable }
}

const faultOf = (file: string, what: string): RuleFault => ({
  severity: 'error',
  code: 'UNREADABLE',
  subject: '',
  what,
  mend: '',
  file,
  line: 0,
  column: 0,
})

const filesAt = async (path: string): Promise<readonly string[]> => {
  if (!(await stat(path)).isDirectory()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  if (files.length === 0) throw new Error('the folder holds no .yaml or .yml file')
  return files
}

const contentOf = async (file: string): Promise<string> => {
  if ((await stat(file)).size > largestFile) throw new Error('the file is too large for rules')
  return decoded(await readFile(file))
}

const textOf = async (stdin: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stdin) {
    size += chunk.length
    if (size > largestFile) throw new Error('there is too much of it for rules')
    chunks.push(chunk)
  }
  return decoded(Buffer.concat(chunks))
}

const decoded = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error('it is not valid UTF-8 text')
  }
}

/** What the file system says, for a person. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'ENOENT') return 'there is no such file'
  if ('code' in error && (error.code === 'EACCES' || error.code === 'EPERM')) return 'we may not read it'
  return error.message
}
