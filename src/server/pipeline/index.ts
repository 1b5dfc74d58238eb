import { extname } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { BulwarkError } from '../../model/error.ts'
import { type MainEnds, mainEnds } from './channels.ts'

/** The thread in which records are parsed, judged by rules and encoded for the store, and the ways to it. */
export interface Pipeline extends AsyncDisposable {
  readonly ends: MainEnds
  /** Rejects with BulwarkError INTERNAL when the thread ends by itself: what it held is in the spool, for the next start. */
  readonly death: Promise<never>
}

/**
 * Of the heap of the thread, where all garbage of records is made: what V8 took once it seldom gives back. The thread that
 * starts it has as much by `npm start` and bin/bulwark.cjs; here it is set however the server was started.
 */
const semiSpaceMebi = 8

/** Starts the thread. It is to be disposed of after everything that waits for it. */
export const openPipeline = (): Pipeline => {
  setFlagsFromString(`--max-semi-space-size=${semiSpaceMebi}`)
  // `.js` in the published package.
  const worker = new Worker(new URL(`./thread${extname(import.meta.url)}`, import.meta.url), { name: 'records' })
  const closed = Promise.withResolvers<void>()
  const death = Promise.withResolvers<never>()
  death.promise.catch(() => {})
  let isEnding = false
  let why: unknown
  worker.on('error', (error) => {
    why = error
  })
  worker.on('exit', (code) => {
    closed.resolve()
    if (isEnding) return
    const said = why instanceof Error ? why.message : `exit code ${code}`
    death.reject(
      new BulwarkError('INTERNAL', {
        what: `the thread that parses records and runs rules ended: ${said}`,
        mend: 'Start Bulwark again: what was acknowledged is in the spool and goes on from there',
        cause: why,
      }),
    )
  })
  return {
    ends: mainEnds(worker, closed.promise),
    death: death.promise,
    [Symbol.asyncDispose]: async () => {
      isEnding = true
      await worker.terminate()
    },
  }
}
