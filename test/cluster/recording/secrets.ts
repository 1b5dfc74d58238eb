import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'

/** Throws if the recording holds one of the values, in clear or in base64, or anything that looks like a credential. */
export async function expectNoSecrets(path: string, values: readonly string[] = []): Promise<void> {
  const text = (await promisify(zstdDecompress)(await readFile(path))).toString()
  const found = [
    ...values.flatMap((value) => [value, Buffer.from(value).toString('base64').replace(/=+$/, '')]),
    'PRIVATE KEY',
    'Bearer ',
  ].filter((needle) => text.includes(needle))
  // a JSON Web Token: its first two parts are JSON objects in base64, which begin with {"
  const tokens = text.match(/eyJ[\w-]{8,}\.eyJ[\w-]{8,}/g) ?? []
  if (found.length + tokens.length > 0) {
    throw new Error(`${path} holds ${found.length} secret values or keys and ${tokens.length} tokens: do not keep it`)
  }
}
