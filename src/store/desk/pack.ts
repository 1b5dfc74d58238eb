import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createZstdCompress, zstdCompressSync } from 'node:zlib'
import type { JsonValue } from '../../model/json.ts'
import { type JsonDraft, JsonList } from '../../model/json-draft.ts'

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

/** Bit by bit, beside all else. Nobody may change what of `body` is made already. */
export const pack = async (body: JsonDraft): Promise<Packed> => {
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

/** A list that is longer is not looked into for lists that are made on the way. */
const mostItems = 200
const perPiece = 20
const listedLength = 8192

/**
 * What JSON.stringify gives, in pieces: a list that is made on the way by texts of some length, another long one by so many
 * items, everything else by its members.
 */
export function* jsonPieces(value: JsonDraft | undefined): Generator<string> {
  if (value instanceof JsonList) yield* listed(value)
  else if (isArray(value)) {
    yield '['
    yield* value.length > mostItems ? runs(value) : members(value)
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

function* listed({ items }: JsonList): Generator<string> {
  let text = '['
  let isFirst = true
  for (const item of items) {
    text += `${isFirst ? '' : ','}${JSON.stringify(item)}`
    isFirst = false
    if (text.length < listedLength) continue
    yield text
    text = ''
  }
  yield `${text}]`
}

function* runs(items: readonly JsonDraft[]): Generator<string> {
  for (let from = 0; from < items.length; from += perPiece) {
    if (from > 0) yield ','
    yield JSON.stringify(items.slice(from, from + perPiece)).slice(1, -1)
  }
}

function* members(items: readonly JsonDraft[]): Generator<string> {
  for (const [index, item] of items.entries()) {
    if (index > 0) yield ','
    yield* jsonPieces(item)
  }
}

/** `Array.isArray` does not narrow readonly arrays. */
const isArray = (value: JsonDraft | undefined): value is readonly JsonDraft[] => Array.isArray(value)
