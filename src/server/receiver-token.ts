import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The token that batches for a receiver have to bear. It is kept in the data directory, readable by its user alone, since
 * the sender has it in a file of its own and goes on with it after our restart. Each receiver has another: what a sensor
 * on every node knows must not let anybody write the audit log.
 */
export const receiverToken = (dataDir: string, receiver: 'audit-webhook' | 'falco' | 'tetragon'): string => {
  const file = join(dataDir, `${receiver}-token`)
  const kept = readToken(file)
  if (kept !== undefined) return kept
  const token = randomBytes(24).toString('hex')
  writeFileSync(file, `${token}\n`, { mode: 0o600 })
  return token
}

const readToken = (file: string): string | undefined => {
  try {
    const text = readFileSync(file, 'utf8').trim()
    return /^[0-9a-f]{48}$/.test(text) ? text : undefined
  } catch {
    return undefined
  }
}
