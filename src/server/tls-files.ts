import { readFileSync } from 'node:fs'
import type { TlsFiles } from '../config/settings.ts'
import { BulwarkError } from '../model/error.ts'

/** The PEM texts behind the settings of an HTTPS receiver. Throws BulwarkError CONFIG_INVALID naming the flag. */
export const readTlsFiles = (
  receiver: 'audit' | 'sensor',
  { cert, key, clientCa }: TlsFiles,
): { readonly cert: string; readonly key: string; readonly clientCa?: string } => ({
  cert: readPem(`${receiver}-tls-cert`, cert),
  key: readPem(`${receiver}-tls-key`, key),
  ...(clientCa !== undefined && { clientCa: readPem(`${receiver}-client-ca`, clientCa) }),
})

/** The text of a PEM file that a flag names. Throws BulwarkError CONFIG_INVALID. */
export const readPem = (flag: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: `the file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: `--${flag} ${file}`,
      mend: 'Give the path of a PEM file that you may read',
      cause,
    })
  }
}
