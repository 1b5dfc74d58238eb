import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { splitDocuments } from '../../detect/documents.ts'
import { isRuleFile } from '../../detect/rule-set.ts'
import { loadRuleFiles, type RuleFault, type RuleFiles, type RuleText } from './rule-files.ts'

export interface ReadRules extends RuleFiles {
  /** Number of files that were read. */
  readonly files: number
  /** Files and folders that could not be read, or hold no rules. */
  readonly unreadable: readonly RuleFault[]
}

/** A rules file is written by hand; what is larger is something else. */
const largestFile = 32 * 1024 * 1024

/**
 * Reads rules: files as they are given, folders with every .yaml and .yml below them in order of name, without the tests
 * that may stand beside a rule. Each document shows the language it is written in.
 */
export const readRules = async (paths: readonly string[], stdin: AsyncIterable<Uint8Array>): Promise<ReadRules> => {
  const { texts, files, unreadable } = await readRuleTexts(paths, stdin)
  return { ...loadRuleFiles(texts), files, unreadable }
}

/** Their texts, not loaded yet. `files`: how many were read, with those that hold no rules. */
export const readRuleTexts = async (
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array>,
): Promise<Pick<ReadRules, 'files' | 'unreadable'> & { readonly texts: readonly RuleText[] }> => {
  const texts: RuleText[] = []
  const unreadable: RuleFault[] = []
  for (const path of paths) {
    try {
      const places = path === '-' ? [path] : await filesAt(path)
      for (const file of places) texts.push({ path: file, text: await textAt(file, stdin) })
    } catch (error) {
      unreadable.push(faultOf(path, reasonOf(error)))
    }
  }
  const holding = texts.filter(({ path, text }) => {
    const holds = holdsRules(text)
    if (!holds) unreadable.push(faultOf(path, 'there are no detection rules in it'))
    return holds
  })
  return { texts: holding, files: texts.length, unreadable }
}

/** A key that only items of Falco's files have, in block or flow style; and one that only Sigma's documents or ours have. */
const falcoKey =
  /(?:^\s*(?:-\s+)?|[{,]\s*)["']?(?:rule|macro|list|required_engine_version|required_plugin_versions)["']?\s*:/m
const documentKey = /(?:^|[{,]\s*)["']?(?:detection|correlation|filter|logsource|baseline)["']?\s*:/m

/** A file of YAML may be about something else; what does hold rules may still be wrong in all of them. */
const holdsRules = (text: string): boolean =>
  splitDocuments(text).some((one) => (one.kind === 'falco' ? falcoKey : documentKey).test(one.text))

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
    .filter((entry) => entry.isFile() && isRuleFile(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  if (files.length === 0) throw new Error('the folder holds no .yaml or .yml file')
  return files
}

/** The text of a file, or of standard input where it is called `-`. Throws where it is none, or longer than so many bytes. */
export const textAt = async (
  file: string,
  stdin: AsyncIterable<Uint8Array>,
  mostBytes = largestFile,
): Promise<string> => {
  if (file === '-') return textOf(stdin, mostBytes)
  if ((await stat(file)).size > mostBytes) throw new Error('the file is too large')
  return decoded(await readFile(file))
}

const textOf = async (stdin: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stdin) {
    size += chunk.length
    if (size > mostBytes) throw new Error('there is too much of it')
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
