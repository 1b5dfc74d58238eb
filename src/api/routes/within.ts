import { BulwarkError } from '../../model/error.ts'

/**
 * The answer if it comes in time, else STORE_UNAVAILABLE: for answers that are not worth waiting for beside faster ones.
 * The question itself goes on, bounded by the store.
 */
export const within = async <Answer>(millis: number, answer: Promise<Answer>): Promise<Answer> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const error = new BulwarkError('STORE_UNAVAILABLE', { what: 'the store is slow to answer', mend: 'Try again' })
    timer = setTimeout(() => reject(error), millis)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
