import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'

/** A file beside the log that was the log before. `modifiedAt` in milliseconds. */
export interface Rotated {
  readonly path: string
  readonly device: number
  readonly inode: number
  readonly modifiedAt: number
}

/**
 * The earlier files of a log that can be read, oldest first: `audit-2026-11-23T10-00-00.000.log` as kube-apiserver names
 * them (gopkg.in/natefinch/lumberjack.v2), `audit.log.1` as logrotate does. Compressed ones are left out.
 */
export const rotatedFiles = async (path: string): Promise<readonly Rotated[]> => {
  const folder = dirname(path)
  const base = basename(path)
  const stem = basename(path, extname(path))
  const names = (await readdir(folder)).filter((name) => {
    const isEarlier = name.startsWith(`${base}.`) || (name.startsWith(`${stem}-`) && name.endsWith(extname(path)))
    return name !== base && isEarlier && !/\.(?:gz|zst|xz|bz2|next)$/.test(name)
  })
  const found = await Promise.all(
    names.map(async (name): Promise<Rotated[]> => {
      try {
        const { dev, ino, mtimeMs, isFile } = await described(join(folder, name))
        return isFile ? [{ path: join(folder, name), device: dev, inode: ino, modifiedAt: mtimeMs }] : []
      } catch {
        return [] // Rotated away in this very moment; the next round sees what is left.
      }
    }),
  )
  return found.flat().sort((a, b) => a.modifiedAt - b.modifiedAt)
}

const described = async (path: string) => {
  const found = await stat(path)
  return { dev: found.dev, ino: found.ino, mtimeMs: found.mtimeMs, isFile: found.isFile() }
}
