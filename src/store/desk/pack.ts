import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createZstdCompress, zstdCompressSync } from 'node:zlib'
import type { JsonValue } from '../../model/json.ts'

/** JSON, compressed. */
export interface Packed {
  readonly bytes: Uint8Array
  /** Milliseconds of the event loop that it took. */
  readonly cost: number
}

/** At once. */
export const packNow = (body: JsonValue): Packed => {
  const began = performance.now()
  return { bytes: zstdCompressSync(JSON.stringify(body)), cost: performance.now() - began }
}

/** The event loop is given back after so much work (milliseconds). */
const slice = 4
const pieceLength = 65_536

/** Bit by bit, beside all else. Nobody may change `body` meanwhile. */
export const pack = async (body: JsonValue): Promise<Packed> => {
  let cost = 0
  const slices = async function* (): AsyncGenerator<string> {
    let began = performance.now()
    let text = ''
    for (const piece of jsonPieces(body)) {
      text += piece
      if (text.length < pieceLength && performance.now() - began < slice) continue
      cost += performance.now() - began
      yield text
      text = ''
      await new Promise((resolve) => setImmediate(resolve))
      began = performance.now()
    }
    yield text
  }
  const bytes = await buffer(Readable.from(slices()).compose(createZstdCompress()))
  return { bytes, cost }
}

const fewItems = 20

/** What JSON.stringify gives, in pieces: a long array by so many items, everything else by its members. */
export function* jsonPieces(value: JsonValue | undefined): Generator<string> {
  if (isArray(value)) {
    yield '['
    for (let from = 0; from < value.length; from += fewItems) {
      if (from > 0) yield ','
      if (value.length > fewItems) yield JSON.stringify(value.slice(from, from + fewItems)).slice(1, -1)
      else yield* members(value)
    }
    yield ']'
  } else if (typeof value === 'object' && value !== null) {
    let isFirst = true
    yield '{'
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue
      yield `${isFirst ? '' : ','}${JSON.stringify(key)}:`
      yield* jsonPieces(member)
      isFirst = false
    }
    yield '}'
  } else yield JSON.stringify(value) ?? 'null'
}

function* members(items: readonly JsonValue[]): Generator<string> {
  for (const [index, item] of items.entries()) {
    if (index > 0) yield ','
    yield* jsonPieces(item)
  }
}

/** `Array.isArray` does not narrow readonly arrays. */
const isArray = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value)
