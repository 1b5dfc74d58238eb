/** Reading maps of a document by their keys. What has another type than it should throws Refused. */
import { asString, type JsonValue } from '../../model/json.ts'
import { type Located, type Position, Refused } from './located.ts'

/** The value of a key, where the node is a map that has it. */
export const child = (node: Located, key: string): Located | undefined =>
  node.kind === 'map' ? node.entries.get(key) : undefined

/** Where a key's value stands, for messages. */
export const place = (node: Located, key: string): Position => child(node, key)?.at ?? node.at

export const titleOf = (node: Located): string | undefined => {
  const title = child(node, 'title')
  return title?.kind === 'scalar' ? asString(title.value) : undefined
}

/** A text, also where it was written as a number or date. Null is as absent. */
export const textAt = (node: Located, key: string): string | undefined => {
  const value = child(node, key)
  if (value === undefined || (value.kind === 'scalar' && value.value === null)) return undefined
  return scalarTextOf(value, key)
}

/** A list of texts; one text is a list of one. */
export const textsAt = (node: Located, key: string): readonly string[] => {
  const value = child(node, key)
  if (value === undefined || (value.kind === 'scalar' && value.value === null)) return []
  return (value.kind === 'list' ? value.items : [value]).map((item) => scalarTextOf(item, key))
}

const scalarTextOf = (value: Located, key: string): string => {
  if (value.kind !== 'scalar' || value.value === null) throw new Refused(value.at, `"${key}" has to be a text`)
  return typeof value.value === 'string' ? value.value : value.source || String(value.value)
}

/** One of the known words, in any case. */
export const oneOf = <T extends string>(node: Located, key: string, known: readonly T[]): T | undefined => {
  const text = textAt(node, key)
  if (text === undefined) return undefined
  const found = known.find((one) => one === text.toLowerCase())
  if (found === undefined)
    throw new Refused(place(node, key), `"${text.slice(0, 60)}" is no ${key}; there are ${known.join(', ')}`)
  return found
}

export const toJson = (node: Located): JsonValue => {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'list':
      return node.items.map(toJson)
    case 'map':
      // Keys come from a file: a null prototype keeps them data.
      return Object.assign(
        Object.create(null),
        Object.fromEntries([...node.entries].map(([key, value]) => [key, toJson(value)])),
      )
  }
}

/** Seconds of a unit; months and years are the mean ones, as pySigma takes them. */
const units: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  M: 2_629_746,
  y: 31_556_952,
}

/** A timespan such as 15m, in seconds. */
export const secondsAt = (node: Located, key: string): number | undefined => {
  const text = textAt(node, key)
  if (text === undefined) return undefined
  const [, count = '', unit = ''] = /^([0-9]{1,9})([smhdwMy])$/.exec(text) ?? []
  const seconds = Number(count) * (units[unit] ?? 0)
  if (seconds > 0 && seconds <= 100 * (units.y ?? 0)) return seconds
  throw new Refused(
    place(node, key),
    `the ${key} "${text.slice(0, 60)}" is not a number with s, m, h, d, w, M or y, such as 15m`,
  )
}
