/**
 * One spooled entry as bytes. All numbers are little-endian; magic, version, length and checksum keep their places in
 * every version, so that a newer spool is told from a damaged one.
 *
 *   0 magic "BLWK"          4 version u8      5 stream u8       6 length of source u16
 *   8 length of what follows the 80-byte head, u32
 *  12 CRC-32 of everything but these four bytes, u32
 *  16 sequence number u64   24 received at, wall clock, microseconds i64
 *  32 received at, monotonic clock, nanoseconds u64
 *  40 SHA-256 of the payload as received (32 bytes)
 *  72 length of the payload as received, u32   76 length of cluster u16   78 zero u16
 *  80 source, cluster, payload compressed by zstd
 */
import { hash } from 'node:crypto'
import { constants, crc32, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { type SourceEntry, type StreamId, streamIds } from '../../model/source.ts'

export const headLength = 80
export const magic = 0x4b574c42
const version = 1

/** No entry may be larger than this, as received (bytes). The audit receiver's limit after gunzip is the same. */
export const maxPayload = 64 * 1024 * 1024
/** zstd's worst case for incompressible bytes is far below 1 % more; names are at most 128 KiB. */
const maxBody = maxPayload + maxPayload / 64 + 131072

/** An entry ready to be written, except for its sequence number. */
export interface PreparedEntry {
  readonly entry: SourceEntry
  readonly head: Buffer
  readonly names: Buffer
  readonly body: Buffer
  readonly digest: Buffer
  readonly bytes: number
}

/** An entry as found in a segment. */
export interface Frame {
  readonly seq: number
  readonly stream: StreamId
  readonly source: string
  readonly cluster: string
  readonly receivedAt: number
  readonly digest: Buffer
  readonly payloadLength: number
  readonly compressed: Buffer
  /** Bytes in the segment. */
  readonly length: number
}

const level1 = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Below this size (bytes) compressing in place is quicker than a trip through the thread pool. */
const inPlace = 16 * 1024

/** Compresses and hashes; large payloads in the thread pool. */
export const prepareEntry = (entry: SourceEntry): PreparedEntry | Promise<PreparedEntry> => {
  if (entry.payload.length < inPlace) return assemble(entry, zstdCompressSync(entry.payload, level1))
  return new Promise((resolve, reject) => {
    zstdCompress(entry.payload, level1, (error, body) => {
      if (error) reject(error)
      else resolve(assemble(entry, body))
    })
  })
}

const assemble = (entry: SourceEntry, body: Buffer): PreparedEntry => {
  const source = Buffer.from(entry.source)
  const cluster = Buffer.from(entry.cluster)
  const names = Buffer.concat([source, cluster])
  const digest = hash('sha256', entry.payload, 'buffer')
  const head = Buffer.alloc(headLength)
  head.writeUInt32LE(magic, 0)
  head.writeUInt8(version, 4)
  head.writeUInt8(streamIds.indexOf(entry.stream), 5)
  head.writeUInt16LE(source.length, 6)
  head.writeUInt32LE(names.length + body.length, 8)
  head.writeBigInt64LE(BigInt(entry.receivedAt), 24)
  head.writeBigUInt64LE(process.hrtime.bigint(), 32)
  digest.copy(head, 40)
  head.writeUInt32LE(entry.payload.length, 72)
  head.writeUInt16LE(cluster.length, 76)
  return { entry, head, names, body, digest, bytes: headLength + names.length + body.length }
}

/** Gives a prepared entry its number and checksum; its buffers are then ready to be written in this order. */
export const sealEntry = (prepared: PreparedEntry, seq: number): readonly Buffer[] => {
  const { head, names, body } = prepared
  head.writeBigUInt64LE(BigInt(seq), 16)
  head.writeUInt32LE(checksum(head, [names, body]), 12)
  return [head, names, body]
}

const checksum = (head: Buffer, rest: readonly Buffer[]): number => {
  let sum = crc32(head.subarray(0, 12))
  sum = crc32(head.subarray(16, headLength), sum)
  for (const buffer of rest) sum = crc32(buffer, sum)
  return sum
}

/** What stands at the start of some bytes. `more`: how many bytes are needed to tell. */
export type Decoded =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'more'; readonly bytes: number }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'damaged' }

/** Reads one frame; nothing in the bytes is trusted before the checksum agreed. */
export const decodeFrame = (bytes: Buffer): Decoded => {
  if (bytes.length < headLength) return { kind: 'more', bytes: headLength }
  if (bytes.readUInt32LE(0) !== magic) return { kind: 'damaged' }
  const bodyLength = bytes.readUInt32LE(8)
  if (bodyLength > maxBody) return { kind: 'damaged' }
  const length = headLength + bodyLength
  if (bytes.length < length) return { kind: 'more', bytes: length }
  const head = bytes.subarray(0, headLength)
  const rest = bytes.subarray(headLength, length)
  if (checksum(head, [rest]) !== head.readUInt32LE(12)) return { kind: 'damaged' }
  if (head.readUInt8(4) !== version) return { kind: 'newer', version: head.readUInt8(4) }
  const stream = streamIds[head.readUInt8(5)]
  const sourceLength = head.readUInt16LE(6)
  const clusterLength = head.readUInt16LE(76)
  if (stream === undefined || sourceLength + clusterLength > rest.length) return { kind: 'damaged' }
  return {
    kind: 'frame',
    frame: {
      seq: Number(head.readBigUInt64LE(16)),
      stream,
      source: rest.toString('utf8', 0, sourceLength),
      cluster: rest.toString('utf8', sourceLength, sourceLength + clusterLength),
      receivedAt: Number(head.readBigInt64LE(24)),
      digest: Buffer.from(head.subarray(40, 72)),
      payloadLength: head.readUInt32LE(72),
      compressed: rest.subarray(sourceLength + clusterLength),
      length,
    },
  }
}

/** The entry of a frame. Throws when the payload cannot be inflated, which a good checksum all but rules out. */
export const entryOf = (frame: Frame): SourceEntry => ({
  stream: frame.stream,
  source: frame.source,
  cluster: frame.cluster,
  receivedAt: frame.receivedAt,
  payload: zstdDecompressSync(frame.compressed, {
    maxOutputLength: Math.max(1, Math.min(frame.payloadLength, maxPayload)),
  }),
})
