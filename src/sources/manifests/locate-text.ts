import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml'

/**
 * Where the character at `within` of a scalar's text stands in the source. Undefined where the text is not written as it
 * reads, as with numeric escapes. Folding and indentation only add or take white space, so what is not white space is
 * counted.
 */
export const offsetInScalar = (source: string, event: Event, within: number): number | undefined => {
  if (event.type !== EVENT_ID.SCALAR) return undefined
  const text = getScalarValue(source, event)
  const wanted = writtenCharacters(text.slice(0, within), 0, within, plain)
  const all = writtenCharacters(source, event.valueStart, event.valueEnd, readerOf(event))
  const read = writtenCharacters(text, 0, text.length, plain)
  if (all === undefined || wanted === undefined || all.length !== read?.length) return undefined
  return all[wanted.length]
}

/** The length of what stands for one character at a place; whether it is white space; undefined where it cannot be told. */
type Reader = (text: string, at: number) => { readonly length: number; readonly blank: boolean } | undefined

const plain: Reader = (text, at) => ({ length: 1, blank: /\s/.test(text[at] ?? '') })

const singleQuoted: Reader = (text, at) => (text.startsWith("''", at) ? { length: 2, blank: false } : plain(text, at))

const doubleQuoted: Reader = (text, at) => {
  if (text[at] !== '\\') return plain(text, at)
  const escaped = text[at + 1] ?? ''
  if (`"\\/`.includes(escaped)) return { length: 2, blank: false }
  return /[nrt\s]/.test(escaped) ? { length: 2, blank: true } : undefined
}

const readerOf = ({ style }: ScalarEvent): Reader =>
  style === SCALAR_STYLE.SINGLE_QUOTED ? singleQuoted : style === SCALAR_STYLE.DOUBLE_QUOTED ? doubleQuoted : plain

/** Where each character that is not white space begins. */
const writtenCharacters = (text: string, from: number, to: number, read: Reader): readonly number[] | undefined => {
  const places: number[] = []
  for (let at = from; at < to; ) {
    const one = read(text, at)
    if (one === undefined) return undefined
    if (!one.blank) places.push(at)
    at += one.length
  }
  return places
}
