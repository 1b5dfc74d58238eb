/**
 * Bytes that became no record are kept as they came, because they are evidence: each in a file of mode 0600 in
 * `quarantine/`, which nothing reads but a person. They may hold secrets, as nobody could read and redact them; the
 * folder has a limit, and when that is reached only sizes and hashes are kept. Oldest stay, so that a flood of rubbish
 * cannot push out what came first.
 */
import { hash } from 'node:crypto'
import { type FsLayer, systemCode, writeFully } from './fs-layer.ts'
import type { RecorderLimits } from './limits.ts'
import type { Damage } from './spool/reader.ts'

/** What is set aside. `name` is unique for the bytes: setting the same aside again changes nothing. */
export interface QuarantinedPart {
  readonly name: string
  readonly source: string
  readonly why: string
  readonly bytes: Uint8Array
}

/** Files in the folder stay below this number too, as small files fill a disk by number. */
const mostFiles = 10_000

/** The folder of what could not be read. */
export class Quarantine {
  readonly #fs: FsLayer
  readonly #folder: string
  readonly #limits: RecorderLimits
  #files: Set<string>
  #bytes: number
  #waiting: Promise<void> = Promise.resolve()
  #waitingBytes = 0

  private constructor(fs: FsLayer, folder: string, limits: RecorderLimits, files: Set<string>, bytes: number) {
    this.#fs = fs
    this.#folder = folder
    this.#limits = limits
    this.#files = files
    this.#bytes = bytes
  }

  static async open(fs: FsLayer, folder: string, limits: RecorderLimits): Promise<Quarantine> {
    await fs.makeDirectory(folder)
    const names = await fs.list(folder)
    let bytes = 0
    for (const name of names) {
      const file = await fs.open(`${folder}/${name}`, 'read')
      bytes += await file.size()
      await file.close()
    }
    return new Quarantine(fs, folder, limits, new Set(names), bytes)
  }

  /** Most that is kept of one part (bytes). */
  get partBytes(): number {
    return this.#limits.quarantinePartBytes
  }

  /** Sets a part aside in the background. */
  put(part: QuarantinedPart): void {
    const { quarantinePartBytes, quarantineBytes } = this.#limits
    const name = `${part.name}.bad`
    if (this.#files.has(name)) return
    const room = this.#files.size < mostFiles && this.#bytes + this.#waitingBytes + part.bytes.length < quarantineBytes
    const kept = room ? Uint8Array.from(part.bytes.subarray(0, quarantinePartBytes)) : new Uint8Array(0)
    if (!room && this.#files.size >= mostFiles) return
    this.#files.add(name)
    const head = {
      source: part.source,
      why: part.why,
      bytes: part.bytes.length,
      kept: kept.length,
      sha256: hash('sha256', part.bytes, 'hex'),
    }
    const line = Buffer.from(`${JSON.stringify(head)}\n`)
    this.#waitingBytes += kept.length
    this.#waiting = this.#waiting.then(() => this.#write(name, line, kept))
  }

  /** Resolves when everything put before is on its way to the disk. */
  async settled(): Promise<void> {
    await this.#waiting
  }

  async #write(name: string, line: Buffer, kept: Uint8Array): Promise<void> {
    try {
      const file = await this.#fs.open(`${this.#folder}/${name}`, 'create')
      try {
        await writeFully(file, [line, kept], 0)
        this.#bytes += line.length + kept.length
      } finally {
        await file.close()
      }
    } catch (error) {
      // The disk is full or broken, which the spool reports; the gap says that something could not be read.
      if (systemCode(error) !== 'EEXIST') this.#files.delete(name)
    } finally {
      this.#waitingBytes -= kept.length
    }
  }
}

/** Sets damaged bytes of a segment aside. */
export const setAside = async (fs: FsLayer, folder: string, damage: Damage, quarantine: Quarantine): Promise<void> => {
  const file = await fs.open(`${folder}/${damage.segment}`, 'read')
  try {
    const bytes = Buffer.alloc(Math.min(damage.length, quarantine.partBytes))
    const read = await file.read(bytes, damage.offset)
    const name = `${damage.segment}-${damage.offset}`
    const why = `${damage.length} damaged bytes at ${damage.offset} of segment ${damage.segment}`
    quarantine.put({ name, source: 'recorder', why, bytes: bytes.subarray(0, read) })
  } finally {
    await file.close()
  }
}
