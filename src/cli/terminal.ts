import { BulwarkError } from '../model/error.ts'

/** 0: done. 1: done, and what was found is bad. 2: asked wrongly. 3: something could not be read or reached. */
export const exitCodes = { ok: 0, found: 1, usage: 2, failed: 3 } as const

const usageCodes = new Set<string>(['CONFIG_INVALID', 'QUERY_SYNTAX', 'REQUEST_INVALID'])

/** Tells an error to a person on standard error and gives the exit code for it. A BulwarkError is its three parts; anything else is our fault and comes with its stack. */
export const tellError = (error: unknown): number => {
  if (error instanceof BulwarkError) {
    process.stderr.write(`bulwark: ${visible(error.what)}\n`)
    if (error.where !== undefined) process.stderr.write(`  where: ${visible(error.where)}\n`)
    if (error.mend !== undefined) process.stderr.write(`  mend:  ${visible(error.mend)}\n`)
    return usageCodes.has(error.code) ? exitCodes.usage : exitCodes.failed
  }
  process.stderr.write(
    `bulwark: this is a fault of Bulwark itself\n${error instanceof Error ? error.stack : String(error)}\n`,
  )
  return exitCodes.failed
}

/** Text of users' data for a terminal: control characters and those that turn the direction of writing are shown as escapes. */
export const visible = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `\\u${code.toString(16).padStart(4, '0')}`
  })
