/** Blocks for the store: encoded in the thread of the records, and written by the one that is connected to the store. */
import { Asks, type Channel, type StoreSink } from '../../recorder/index.ts'
import { BlockEncoder, type EncodedPart } from '../../store/encode.ts'
import type { Store } from '../../store/index.ts'

export interface ToBlocks {
  readonly ask: number
  /** Why the block is not written; undefined where it is. */
  readonly failure: string | undefined
}

export interface FromBlocks {
  readonly ask: number
  readonly block: number
  readonly token: string
  /** Undefined when the block was sent before, and is to be tried again. */
  readonly parts: readonly EncodedPart[] | undefined
}

/** The half in the thread of the records. */
export const blocksHere = (channel: Channel<ToBlocks, FromBlocks>): StoreSink => {
  const asked = new Asks<string | undefined>()
  let blocks = 0
  channel.receive(({ ask, failure }) => asked.answer(ask, failure))
  return {
    block: () => {
      const block = ++blocks
      const encoder = new BlockEncoder()
      let isSent = false
      return {
        add: (records) => encoder.add(records),
        insert: async (token) => {
          const parts = isSent ? undefined : encoder.parts()
          const failure = await asked.ask((ask) => {
            channel.send({ ask, block, token, parts }, parts && buffersOf(parts))
            isSent = true
          })
          if (failure !== undefined) throw new Error(failure)
        },
      }
    },
  }
}

/** A chunk fills a buffer of its own, or the front of it. */
const buffersOf = (parts: readonly EncodedPart[]): readonly ArrayBuffer[] =>
  parts.flatMap(({ chunks }) => chunks.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer))

/** The half beside the store. A block is kept until the store has it. */
export const writeBlocks = (channel: Channel<FromBlocks, ToBlocks>, store: Pick<Store, 'insertEncoded'>): void => {
  const kept = new Map<number, readonly EncodedPart[]>()
  channel.receive(({ ask, block, token, parts }) => {
    if (parts !== undefined) kept.set(block, parts)
    store.insertEncoded(kept.get(block) ?? [], token).then(
      () => {
        kept.delete(block)
        // Some ten megabytes, which would stay until this heap is collected: it makes little garbage of its own. What was
        // tried before may still be on its way in a connection that failed.
        if (parts !== undefined) for (const buffer of buffersOf(parts)) buffer.transfer(0)
        channel.send({ ask, failure: undefined })
      },
      (error: unknown) => channel.send({ ask, failure: error instanceof Error ? error.message : String(error) }),
    )
  })
}
