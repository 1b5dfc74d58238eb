import { findField, type QueryField } from './query.ts'

/** What is being typed at the cursor: the stretch `from`–`to` of the text is to be replaced by the choice. */
export type Completion =
  | { readonly kind: 'field'; readonly from: number; readonly to: number; readonly prefix: string }
  | {
      readonly kind: 'value'
      readonly from: number
      readonly to: number
      readonly field: QueryField
      readonly prefix: string
    }

/**
 * What to complete at the cursor; undefined inside quotes of free text, or where nothing can be chosen. A value that is
 * chosen goes into the text as `printPattern([value], false)`, a field as its name and `:`.
 */
export const completions = (text: string, cursor: number): Completion | undefined => {
  const before = text.slice(0, Math.max(0, Math.min(cursor, text.length)))
  const term = termStart(before)
  const typed = before.slice(term)
  const field = /^([A-Za-z_]+)(?::|<=|>=|<|>|=)/.exec(typed)
  const info = field?.[1] === undefined ? undefined : findField(field[1])
  if (field && info) {
    const from = term + Math.max(field[0].length, lastComma(typed) + 1)
    const value = before.slice(from)
    const prefix = value.replace(/\\(.)/g, '$1').replaceAll('"', '')
    return { kind: 'value', from, to: endOfWord(text, before.length, value), field: info.field, prefix }
  }
  if (!/^[A-Za-z_]*$/.test(typed)) return undefined
  return { kind: 'field', from: term, to: endOfWord(text, before.length, typed), prefix: typed }
}

/** Where the term under the cursor begins: behind the last space, parenthesis or minus outside quotes. */
const termStart = (before: string): number => {
  let start = 0
  let quoted = false
  for (let at = 0; at < before.length; at++) {
    const char = before[at] ?? ''
    if (quoted && char === '\\') at++
    else if (char === '"') quoted = !quoted
    else if (!quoted && (/[\s()]/.test(char) || (char === '-' && at === start))) start = at + 1
  }
  return start
}

const lastComma = (typed: string): number => {
  let found = -1
  let quoted = false
  for (let at = 0; at < typed.length; at++) {
    if (quoted && typed[at] === '\\') at++
    else if (typed[at] === '"') quoted = !quoted
    else if (!quoted && typed[at] === ',') found = at
  }
  return found
}

/** A choice replaces the rest of the word behind the cursor too, or the rest of the quoted value. */
const endOfWord = (text: string, cursor: number, value: string): number => {
  const quotes = (value.replace(/\\./g, '').match(/"/g) ?? []).length
  const rest = (quotes % 2 === 1 ? /^(?:[^"\\]|\\.)*"?/ : /^[^\s(),]*/).exec(text.slice(cursor))
  return cursor + (rest?.[0].length ?? 0)
}
