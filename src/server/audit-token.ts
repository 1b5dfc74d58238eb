import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The token that the audit webhook has to bear. It is kept in the data directory, readable by its user alone, since the
 * API server has it in a file of its own and goes on with it after our restart.
 */
export const auditToken = (dataDir: string): string => {
  const file = join(dataDir, 'audit-webhook-token')
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
