/** What names a row of the page Events: an id that is the same whenever it is made of the same record. */
import type { EventKind } from './answer.ts'
import type { Micros } from './time.ts'

/**
 * What makes two records the same one: all four equal. `uid` is 32 hex digits (audit ID, Event uid), `mark` an unsigned
 * 32-bit number over what the uid leaves open. The audit ID alone does not name a request: a client may choose it
 * (header Audit-ID), so whoever repeats another's ID must not hide behind it.
 */
export interface EventIdentity {
  readonly kind: EventKind
  /** Never before 1970, nor after 2255. */
  readonly time: Micros
  readonly uid: string
  readonly mark: number
}

const kindLetters = { audit: 'a', event: 'e', gap: 'g', runtime: 'r' } as const
const kindOfLetter: Readonly<Record<string, EventKind>> = { a: 'audit', e: 'event', g: 'gap', r: 'runtime' }
const idForm = /^([aegr])([0-9a-z]{1,11})-([0-9a-f]{32})-([0-9a-z]{1,7})$/

/** The id of a row: letters, digits and `-` only. */
export const formatEventId = ({ kind, time, uid, mark }: EventIdentity): string =>
  `${kindLetters[kind]}${time.toString(36)}-${uid}-${mark.toString(36)}`

/** What an id names, undefined when the text is no id. */
export const parseEventId = (id: string): EventIdentity | undefined => {
  const match = idForm.exec(id)
  const [, letter = '', time = '', uid = '', mark = ''] = match ?? []
  const kind = kindOfLetter[letter]
  return kind === undefined ? undefined : { kind, time: parseInt(time, 36), uid, mark: parseInt(mark, 36) }
}

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** 32 hex digits for an audit ID or uid: its own digits where it is a UUID, else a hash of the text. */
export const uidDigits = (text: string): string =>
  text.length === uuidLength && uuidForm.test(text) ? text.replaceAll('-', '').toLowerCase() : hash128(text)

const uuidLength = 36

/** {@link hash32} of four seeds, by going through the text once. */
const hash128 = (text: string): string => {
  let [a, b, c, d] = [seeded(1), seeded(2), seeded(3), seeded(4)]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, prime)
    b = Math.imul(b ^ unit, prime)
    c = Math.imul(c ^ unit, prime)
    d = Math.imul(d ^ unit, prime)
  }
  return hexOf(a) + hexOf(b) + hexOf(c) + hexOf(d)
}

const hexOf = (hash: number): string => mixed(hash).toString(16).padStart(8, '0')

/** FNV-1a over UTF-16 units with murmur3's last mixing: quick, spread well, no defence against a forger. */
export const hash32 = (text: string, seed: number): number => {
  let hash = seeded(seed)
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), prime)
  return mixed(hash)
}

const prime = 0x01000193

const seeded = (seed: number): number => 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)

const mixed = (given: number): number => {
  let hash = Math.imul(given ^ (given >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
