import { ConditionFault } from './ast.ts'
import type { Extraction, Frame } from './fields.ts'

/**
 * `getopt(words, "ab:")`: the short options of a command line with their values, in order; with `[a]` the last value of
 * option a, or its letter where it takes none. Upstream: sinsp_filtercheck_multivalue_transformer.cpp.
 */
export const getopt = (
  words: (frame: Frame) => readonly string[] | undefined,
  options: (frame: Frame) => string | undefined,
  selected: string | undefined,
): Extraction => {
  if (selected === undefined) {
    return {
      shape: 'list',
      read: (frame) => {
        const [line, known] = [words(frame), options(frame)]
        if (line === undefined || known === undefined) return undefined
        return scan(line, known).flatMap(({ option, value }) => (value === undefined ? [option] : [option, value]))
      },
    }
  }
  if (selected.length !== 1) throw new ConditionFault('the argument of getopt() is the letter of one option', 0)
  return {
    shape: 'text',
    read: (frame) => {
      const [line, known] = [words(frame), options(frame)]
      if (line === undefined || known === undefined) return undefined
      const last = scan(line, known).findLast(({ letter }) => letter === selected)
      return last === undefined ? undefined : (last.value ?? last.option)
    },
  }
}

interface Found {
  readonly letter: string
  /** The letter; `?` for an unknown option; empty where its value is missing. */
  readonly option: string
  readonly value: string | undefined
}

const scan = (words: readonly string[], options: string): readonly Found[] => {
  const { known, valued } = optionsOf(options)
  const found: Found[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (word === '--') break
    if (word.startsWith('--')) continue
    if (!word.startsWith('-') || word === '-') break
    for (let j = 1; j < word.length; j++) {
      const letter = word[j] ?? ''
      if (letter === ':' || !known.has(letter)) {
        found.push({ letter: '', option: '?', value: undefined })
        continue
      }
      if (!valued.has(letter)) {
        found.push({ letter, option: letter, value: undefined })
        continue
      }
      const attached = j + 1 < word.length ? word.slice(j + 1) : undefined
      if (attached === undefined) i += 1
      const value = attached ?? words[i]
      found.push({ letter, option: value === undefined ? '' : letter, value })
      break
    }
  }
  return found
}

const optionsOf = (options: string): { readonly known: Set<string>; readonly valued: Set<string> } => {
  const known = new Set<string>()
  const valued = new Set<string>()
  for (let i = options.startsWith(':') ? 1 : 0; i < options.length; i++) {
    const letter = options[i] ?? ''
    if (letter === ':') continue
    known.add(letter)
    if (options[i + 1] === ':') {
      valued.add(letter)
      i += 1
    }
  }
  return { known, valued }
}
