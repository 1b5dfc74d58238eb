/** What can be written next in a rule, from the lines before the cursor. Pure. */
import {
  blockKeys,
  documentKeys,
  falcoFields,
  falcoKeys,
  keyValues,
  modifiers,
  serviceFields,
  type Word,
} from './rule-words.ts'

export interface Offer {
  /** What stands in place of the text from `from` to the cursor. */
  readonly insert: string
  readonly label: string
  readonly about: string
}

export interface Offers {
  /** Offset in the text where what is replaced begins. */
  readonly from: number
  readonly offers: readonly Offer[]
}

/** Lines further up than this are not looked at: a document is never so long, and a keystroke must stay cheap. */
const farthest = 2000
/** A longer line is no line of a rule that somebody writes. */
const longest = 1000

/** What fits at the end of `before`, the text up to the cursor; undefined where nothing is known. */
export const ruleOffers = (before: string): Offers | undefined => {
  const lineStart = before.lastIndexOf('\n') + 1
  const line = before.slice(lineStart)
  if (line.length > longest || /^\s*#/.test(line)) return undefined
  const above = before.slice(0, lineStart).split('\n').slice(0, -1).slice(-farthest)
  const isFalco = above.some((each) =>
    /^- (rule|macro|list|required_engine_version|required_plugin_versions):/.test(each),
  )
  if (isFalco || /^- \w*$/.test(line)) return falcoOffers(before, line, lineStart)
  const path = pathAt(above, line)
  const value = /^(\s*(?:- )?)([\w.[\]/-]+)(?:\|[\w|]*)?:\s+\[?(?:[^,\]]*,\s*)*"?([\w.-]*)$/.exec(line)
  if (value?.[2] !== undefined) return valueOffers(path, value[2], value[3] ?? '', before, above)
  const key = /^\s*(?:- )?([\w.[\]/|-]*)$/.exec(line)?.[1]
  return key === undefined ? undefined : keyOffers(path, key, before, above)
}

const keyOffers = (
  path: readonly string[],
  key: string,
  before: string,
  above: readonly string[],
): Offers | undefined => {
  const [block] = path
  const from = before.length - key.length
  if (block === undefined) return keysOf(documentKeys, key, from)
  if (block === 'tags') return plain(['attack.', 'threat-matrix.'], key, from)
  if (block === 'detection' && path.length === 1) {
    return keysOf([{ word: 'condition', about: `selections: ${selectionsIn(above).join(', ')}` }], key, from)
  }
  if (block === 'detection' && path[1] !== 'condition') {
    const bar = key.lastIndexOf('|')
    return bar >= 0 ? keysOf(modifiers, key.slice(bar + 1), from + bar + 1) : keysOf(fieldsIn(above), key, from)
  }
  if (path.length === 1) return keysOf(blockKeys[block] ?? [], key, from)
  // Lists of fields: group-by, values, fields.
  return /^(group-by|values|fields)$/.test(path.at(-1) ?? '') ? fieldNames(above, key, from) : undefined
}

const valueOffers = (
  path: readonly string[],
  key: string,
  typed: string,
  before: string,
  above: readonly string[],
): Offers | undefined => {
  const from = before.length - typed.length
  if (key === 'condition' && path[0] === 'detection') {
    return plain([...selectionsIn(above), 'and', 'or', 'not', '1 of', 'all of', 'them'], typed, from)
  }
  if (/^(group-by|values|fields)$/.test(key)) return fieldNames(above, typed, from)
  const values = keyValues[`${path[0] ?? ''}.${key}`] ?? (Object.hasOwn(keyValues, key) ? keyValues[key] : undefined)
  return values && plain(values, typed, from)
}

/** Fields of the log source that was named last: a correlation is of the rules above it. */
const fieldsIn = (lines: readonly string[]): readonly Word[] => {
  const named = lines.findLast((line) => /^[^#]*\b(service|category):/.test(line)) ?? ''
  // Programs that start are told by sensors, whatever the service.
  const service = /\bprocess_creation\b/.test(named)
    ? 'runtime'
    : (/\bservice:\s*["']?(\w+)/.exec(named)?.[1] ?? 'audit')
  return (Object.hasOwn(serviceFields, service) ? serviceFields[service] : undefined) ?? []
}

const fieldNames = (lines: readonly string[], typed: string, from: number): Offers =>
  plain(
    fieldsIn(lines).map(({ word }) => word),
    typed,
    from,
  )

const falcoOffers = (before: string, line: string, lineStart: number): Offers | undefined => {
  const key = /^(?:- |\s+)(\w*)$/.exec(line)?.[1]
  if (key !== undefined) {
    const offers = keysOf(falcoKeys, key, before.length - key.length)
    if (offers && offers.offers.length > 0) return offers
  }
  const value = /^\s+(priority|source):\s+(\w*)$/.exec(line)
  if (value?.[1] !== undefined)
    return plain(keyValues[value[1]] ?? [], value[2] ?? '', before.length - (value[2] ?? '').length)
  const field = /(?:^|[^\w.])%?(ka\.[\w.]*|k|ka)$/.exec(line)?.[1]
  return field === undefined ? undefined : plain(falcoFields, field, lineStart + line.length - field.length)
}

/** The keys under which the line stands, from the top; a line that is only indented stands under what it is indented below. */
const pathAt = (above: readonly string[], line: string): readonly string[] => {
  let indent = indentOf(line)
  const path: string[] = []
  for (let index = above.length - 1; index >= 0 && indent > 0; index -= 1) {
    const text = above[index] ?? ''
    if (text.startsWith('---')) break
    const key = /^(\s*)(?:- )?([\w.[\]/|-]+):/.exec(text)
    if (!key || text.trim() === '') continue
    const own = indentOf(text)
    if (own < indent) {
      path.unshift(key[2] ?? '')
      indent = own
    }
  }
  return path
}

const indentOf = (line: string): number => /^\s*/.exec(line)?.[0].length ?? 0

/** Names of the selections of the document that the last line is of. */
const selectionsIn = (lines: readonly string[]): readonly string[] => {
  const names = new Set<string>()
  const indent = firstIndent(lines)
  let inside = false
  for (const line of lines) {
    if (line.startsWith('---')) names.clear()
    if (/^\S/.test(line)) inside = /^detection:/.test(line)
    const name = inside ? /^\s{1,4}([A-Za-z_]\w*):/.exec(line)?.[1] : undefined
    if (name !== undefined && name !== 'condition' && indentOf(line) <= indent) names.add(name)
  }
  return [...names]
}

/** By how much the first selection is indented. */
const firstIndent = (lines: readonly string[]): number => {
  const at = lines.findIndex((line) => /^detection:/.test(line))
  const next = at < 0 ? undefined : lines.slice(at + 1).find((line) => line.trim() !== '')
  return next === undefined ? 2 : indentOf(next)
}

const keysOf = (words: readonly Word[], typed: string, from: number): Offers => ({
  from,
  offers: words
    .filter(({ word }) => fits(word, typed))
    .map(({ word, about }) => ({ insert: words === modifiers ? word : `${word}: `, label: word, about })),
})

const plain = (words: readonly string[], typed: string, from: number): Offers => ({
  from,
  offers: words.filter((word) => fits(word, typed)).map((word) => ({ insert: word, label: word, about: '' })),
})

const fits = (word: string, typed: string): boolean => word.toLowerCase().includes(typed.toLowerCase())
