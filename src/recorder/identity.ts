import { randomBytes, randomUUID } from 'node:crypto'
import { type FsLayer, readSmallFile, replaceFile } from './fs-layer.ts'

/** The id of the spool and the key of the redactor, made at the first start. */
export const identity = async (fs: FsLayer, dir: string): Promise<{ id: string; key: Buffer }> => {
  const known = await readSmallFile(fs, `${dir}/identity`)
  const [id = '', hex = ''] = known?.toString('latin1').trim().split('\n') ?? []
  if (/^[0-9a-f-]{36}$/.test(id) && /^[0-9a-f]{64}$/.test(hex)) return { id, key: Buffer.from(hex, 'hex') }
  const made = { id: randomUUID(), key: randomBytes(32) }
  await replaceFile(fs, dir, 'identity', Buffer.from(`${made.id}\n${made.key.toString('hex')}\n`))
  return made
}
