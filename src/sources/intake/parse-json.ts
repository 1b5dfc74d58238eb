import { isAscii, isUtf8 } from 'node:buffer'
import type { JsonValue } from '../../model/json.ts'

/** Bytes read as JSON, or why they are none; never an excerpt of them, which may be a secret. */
export type Json =
  | { readonly kind: 'value'; readonly value: JsonValue }
  | { readonly kind: 'bad'; readonly why: string }

export const parseJson = (bytes: Buffer): Json => {
  // Texts of one byte a character are decoded and parsed several times faster.
  if (!isAscii(bytes) && !isUtf8(bytes)) return { kind: 'bad', why: 'it is not valid UTF-8' }
  try {
    const value: JsonValue = JSON.parse(bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8'))
    return { kind: 'value', value }
  } catch (error) {
    return { kind: 'bad', why: `it is not valid JSON: ${withoutExcerpt(error)}` }
  }
}

/** V8 quotes the text around an error, which may be a secret: only what comes before and the position are kept. */
const withoutExcerpt = (error: unknown): string => {
  const message = error instanceof Error ? error.message : ''
  const position = /at position \d+/.exec(message)?.[0]
  const end = /end of JSON input/.test(message) ? 'it ends too early' : 'unexpected text'
  return position === undefined ? end : `${end} ${position}`
}
