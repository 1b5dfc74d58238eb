/** Lists are put into conditions as text, before these are parsed (rule_loader_compiler.cpp). */
import type { ListDefinition } from './definitions.ts'
import { quoted } from './exceptions.ts'

/** Texts may not grow beyond: lists of lists can make them as long as one likes. */
const longest = 4_000_000

/** Lists with the lists that they name put in, one level deep, in order of definition. */
export class Lists {
  readonly #names: readonly string[]
  readonly #texts: readonly string[]
  readonly #positions: ReadonlyMap<string, number>
  /** Names that hold a delimiter: they are no words, so that they have to be searched for. */
  readonly #odd: readonly number[]
  readonly #used = new Set<string>()
  /** For each list the last condition that may name it. */
  readonly #marks: Int32Array
  #serial = 0

  constructor(definitions: readonly ListDefinition[]) {
    const byName = new Map(definitions.map((list) => [list.name, list]))
    this.#names = definitions.map(({ name }) => name)
    this.#positions = new Map(this.#names.map((name, index) => [name, index]))
    this.#odd = this.#names.flatMap((name, index) => (/[ \t\n\r(),=]/.test(name) ? [index] : []))
    this.#marks = new Int32Array(definitions.length)
    let length = 0
    this.#texts = definitions.map((list) => {
      const items = list.items.flatMap((item) => {
        const inner = byName.get(item)
        if (inner === undefined || inner.index >= list.touched) return [item]
        this.#used.add(inner.name)
        length += inner.items.length
        // Beyond any sense: what is left out makes the conditions that use the list too long to be accepted.
        return length > longest ? [] : inner.items
      })
      return length > longest ? ' '.repeat(longest) : items.map(quoted).join(', ')
    })
  }

  /** The lists that nothing refers to. */
  unused(): readonly string[] {
    return this.#names.filter((name) => !this.#used.has(name))
  }

  /** The text with every list in it replaced by its items; undefined where it gets too long. */
  expand(condition: string): string | undefined {
    this.#serial += 1
    let text = condition
    let last = this.#mark(text, -1)
    for (let index = 0; index <= last; index++) {
      if (this.#marks[index] !== this.#serial) continue
      const name = this.#names[index] ?? ''
      const items = this.#texts[index] ?? ''
      const expanded = replaceWord(text, name, items)
      if (expanded === undefined) return undefined
      if (expanded === text) continue
      this.#used.add(name)
      text = expanded
      last = this.#mark(items, last)
    }
    return text
  }

  /** Marks the lists whose names are in a text; gives the last that is marked, or `last`. */
  #mark(text: string, last: number): number {
    let greatest = last
    const mark = (index: number): void => {
      this.#marks[index] = this.#serial
      greatest = Math.max(greatest, index)
    }
    for (const word of text.split(/[ \t\n\r(),=]+/)) {
      const index = this.#positions.get(word)
      if (index !== undefined) mark(index)
    }
    // Whether these are there only shows when they are looked for.
    this.#odd.forEach(mark)
    return greatest
  }
}

const blanks = ' \t\n\r'
const delimiters = `${blanks}(),=`

const replaceWord = (condition: string, name: string, items: string): string | undefined => {
  if (name === '') return condition
  let text = condition
  let start = text.indexOf(name)
  while (start >= 0) {
    let end = start + name.length
    const isWord =
      (start === 0 || delimiters.includes(text[start - 1] ?? '')) &&
      (end >= text.length || delimiters.includes(text[end] ?? ''))
    if (isWord) {
      while (start > 0 && blanks.includes(text[start - 1] ?? '')) start -= 1
      while (end < text.length && blanks.includes(text[end] ?? '')) end += 1
      if (items === '') {
        if (start > 0 && text[start - 1] === ',') start -= 1
        else if (text[end] === ',') end += 1
      }
      text = `${start > 0 ? `${text.slice(0, start)} ` : ''}${items} ${text.slice(end)}`
      start += items.length + 1
      if (text.length > longest) return undefined
    }
    start = text.indexOf(name, start + 1)
  }
  return text
}
