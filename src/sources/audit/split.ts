import { isSpace } from '../intake/lines.ts'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/** Takes the bytes of one event, or says why it does not. */
export type Take = (bytes: Buffer) => string | undefined

/**
 * Finds the elements of `items` in the bytes of an EventList that is cut off or damaged somewhere, by brackets and
 * quotes alone, and hands each to `take`; what is refused, or is no element, goes to `refuse`. Where brackets and quotes
 * do not add up, it goes on at the next place that looks like the start of an event as the API server writes it.
 * False when the bytes are no such list, and then nothing was handed over.
 */
export const splitItems = (bytes: Buffer, take: Take, refuse: (bytes: Buffer, why: string) => void): boolean => {
  if (isLines(bytes)) return false
  const start = itemsStart(bytes)
  if (start === undefined) return false
  // Each resumption may scan to the end in vain: so much scanning is done for nothing, and no more.
  let patience = 8 * bytes.length
  let at = start
  let clean = true
  for (;;) {
    while (isSpace(bytes[at]) || bytes[at] === comma) at++
    if (at >= bytes.length || bytes[at] === closeBracket) {
      const why = at >= bytes.length ? 'the list of events is cut off' : 'the EventList is not valid behind its events'
      if (clean) refuse(bytes.subarray(at), why)
      return true
    }
    const end = bytes[at] === openBrace ? elementEnd(bytes, at) : undefined
    const why = end === undefined ? 'the event is cut off' : take(bytes.subarray(at, end))
    if (end !== undefined && why === undefined) {
      at = end
      continue
    }
    clean = false
    patience -= (end ?? bytes.length) - at
    const next = patience < 0 ? bytes.length : Math.min(nextEvent(bytes, at + 1), end ?? bytes.length)
    refuse(bytes.subarray(at, next), why ?? '')
    at = next
  }
}

/** Two objects on two lines with no comma between them: no single JSON document has that. */
const isLines = (bytes: Buffer): boolean => bytes.includes('}\n{') || bytes.includes('}\r\n{')

/** Where the first element of the top object's `items` may stand. */
const itemsStart = (bytes: Buffer): number | undefined => {
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) {
      const end = stringEnd(bytes, at)
      if (depth === 1 && bytes.toString('latin1', at, end) === '"items"') {
        const bracket = afterColon(bytes, end)
        if (bracket !== undefined) return bracket + 1
      }
      at = end - 1
    } else if (byte === openBrace || byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) depth--
  }
  return undefined
}

const afterColon = (bytes: Buffer, from: number): number | undefined => {
  let at = from
  while (isSpace(bytes[at])) at++
  if (bytes[at] !== 0x3a) return undefined
  at++
  while (isSpace(bytes[at])) at++
  return bytes[at] === openBracket ? at : undefined
}

const elementEnd = (bytes: Buffer, from: number): number | undefined => {
  let depth = 0
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) at = stringEnd(bytes, at) - 1
    else if (byte === openBrace || byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return undefined
}

/** The place behind the closing quote, or the end of the bytes. */
const stringEnd = (bytes: Buffer, from: number): number => {
  for (let at = from + 1; at < bytes.length; at++) {
    if (bytes[at] === backslash) at++
    else if (bytes[at] === quote) return at + 1
  }
  return bytes.length
}

/** Starts of an event as k8s.io/apiserver marshals one, behind the comma of the one before. */
const starts = [',{"level":"', ',{"kind":"Event"']

const nextEvent = (bytes: Buffer, from: number): number => {
  const found = starts.map((start) => bytes.indexOf(start, from)).filter((at) => at >= 0)
  return found.length === 0 ? bytes.length : Math.min(...found) + 1
}
