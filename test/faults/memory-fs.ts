/**
 * A file system in memory that forgets like a disk does when the power goes: contents live until `datasync` or `sync` of
 * the file makes them durable, names until `syncDirectory`. Operations can be made to fail, or the power cut at any of
 * them.
 */
import type { FsFile, FsLayer } from '../../src/recorder/fs-layer.ts'

/** A file: what programs see, and what a power cut leaves. */
interface Node {
  volatile: Buffer
  durable: Buffer
}

/** One operation that changes something, as it is about to happen. */
export interface Operation {
  readonly number: number
  readonly kind: 'create' | 'write' | 'truncate' | 'datasync' | 'sync' | 'syncDirectory' | 'unlink' | 'rename'
  readonly path: string
}

/** How much of what was not synced a power cut leaves: nothing, everything, or every other write and name. */
export type Survival = 'nothing' | 'everything' | 'half'

/** Thrown by every operation after the power was cut. */
export class PowerCut extends Error {}

const systemError = (code: string): Error => Object.assign(new Error(`${code}: by the test`), { code })

/** What the test does to an operation: nothing, an error code, or the power cut before it. */
export type Fault = (operation: Operation) => undefined | 'EIO' | 'ENOSPC' | 'power'

export class MemoryFs implements FsLayer {
  fault: Fault = () => undefined
  free = 2 ** 40
  /** Writes that go through only in part, as many bytes as this at a time. */
  writeAtMost = Number.POSITIVE_INFINITY
  #names = new Map<string, Node>()
  #durableNames = new Map<string, Node>()
  #operations = 0
  #isOff = false

  get operations(): number {
    return this.#operations
  }

  /** The same disk after the power is back. */
  afterPowerCut(survival: Survival): MemoryFs {
    const next = new MemoryFs()
    const names = survival === 'nothing' ? this.#durableNames : this.#names
    const half = new Map([...this.#durableNames, ...[...this.#names].filter((_, index) => index % 2 === 0)])
    for (const [path, node] of survival === 'half' ? half : names) {
      const bytes = Buffer.from(survive(node, survival))
      const kept = { volatile: bytes, durable: bytes }
      next.#names.set(path, kept)
      next.#durableNames.set(path, kept)
    }
    return next
  }

  /** Contents of a file, for the test to look at. */
  contents(path: string): Buffer | undefined {
    return this.#names.get(path)?.volatile
  }

  /** Puts a file there, durably. */
  put(path: string, bytes: Buffer): void {
    const node = { volatile: Buffer.from(bytes), durable: Buffer.from(bytes) }
    this.#names.set(path, node)
    this.#durableNames.set(path, node)
  }

  paths(): readonly string[] {
    return [...this.#names.keys()]
  }

  async makeDirectory(): Promise<void> {}

  async list(folder: string): Promise<readonly string[]> {
    const start = `${folder}/`
    return [...this.#names.keys()]
      .filter((path) => path.startsWith(start) && !path.slice(start.length).includes('/'))
      .map((path) => path.slice(start.length))
  }

  async open(path: string, mode: 'create' | 'read' | 'write'): Promise<FsFile> {
    let node = this.#names.get(path)
    if (node && mode === 'create') throw systemError('EEXIST')
    if (!node && mode === 'read') throw systemError('ENOENT')
    if (!node) {
      this.#operate('create', path)
      node = { volatile: Buffer.alloc(0), durable: Buffer.alloc(0) }
      this.#names.set(path, node)
    }
    return this.#file(path, node)
  }

  async unlink(path: string): Promise<void> {
    this.#operate('unlink', path)
    if (!this.#names.delete(path)) throw systemError('ENOENT')
  }

  async rename(from: string, to: string): Promise<void> {
    this.#operate('rename', from)
    const node = this.#names.get(from)
    if (!node) throw systemError('ENOENT')
    this.#names.delete(from)
    this.#names.set(to, node)
  }

  async syncDirectory(folder: string): Promise<void> {
    this.#operate('syncDirectory', folder)
    const start = `${folder}/`
    const here = (path: string) => path.startsWith(start) && !path.slice(start.length).includes('/')
    for (const path of [...this.#durableNames.keys()])
      if (here(path) && !this.#names.has(path)) this.#durableNames.delete(path)
    for (const [path, node] of this.#names) if (here(path)) this.#durableNames.set(path, node)
  }

  async modifiedAt(path: string): Promise<number> {
    if (!this.#names.has(path)) throw systemError('ENOENT')
    return Date.now()
  }

  async space(): Promise<{ free: number; total: number }> {
    return { free: this.free, total: 2 ** 40 }
  }

  #operate(kind: Operation['kind'], path: string): void {
    if (this.#isOff) throw new PowerCut('the power is off')
    const fault = this.fault({ number: this.#operations++, kind, path })
    if (fault === 'power') {
      this.#isOff = true
      throw new PowerCut('the power was cut')
    }
    if (fault !== undefined) throw systemError(fault)
  }

  #file(path: string, node: Node): FsFile {
    return {
      write: async (buffers, position) => {
        const bytes = Buffer.concat(buffers).subarray(0, this.writeAtMost)
        const space = Math.max(0, position + bytes.length - node.volatile.length)
        if (space > this.free) throw systemError('ENOSPC')
        this.#operate('write', path)
        this.free -= space
        const grown = Buffer.alloc(Math.max(node.volatile.length, position + bytes.length))
        node.volatile.copy(grown)
        bytes.copy(grown, position)
        node.volatile = grown
        return bytes.length
      },
      read: async (into, position) => node.volatile.copy(into, 0, position, position + into.length),
      size: async () => node.volatile.length,
      truncate: async (length) => {
        this.#operate('truncate', path)
        this.free += Math.max(0, node.volatile.length - length)
        const cut = Buffer.alloc(length)
        node.volatile.copy(cut)
        node.volatile = cut
      },
      datasync: async () => {
        this.#operate('datasync', path)
        node.durable = Buffer.from(node.volatile)
      },
      sync: async () => {
        this.#operate('sync', path)
        node.durable = Buffer.from(node.volatile)
      },
      close: async () => {},
    }
  }
}

const survive = (node: Node, survival: Survival): Buffer => {
  if (survival === 'nothing') return node.durable
  if (survival === 'everything') return node.volatile
  const length = node.durable.length + Math.floor((node.volatile.length - node.durable.length) / 2)
  return node.volatile.subarray(0, Math.max(0, length))
}
