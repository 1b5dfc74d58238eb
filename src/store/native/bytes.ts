const firstChunk = 1024
const largestChunk = 32 * 1024

/**
 * Bytes that grow at their end, in pieces that are never copied again. Each has a buffer of its own, which may move to
 * another thread. Numbers are little-endian, as everywhere in
 * ClickHouse's Native format.
 */
export class Bytes {
  readonly #full: Uint8Array[] = []
  #chunk = Buffer.allocUnsafeSlow(firstChunk)
  #at = 0

  uint8(value: number): void {
    this.#need(1)
    this.#chunk[this.#at++] = value
  }

  uint16(value: number): void {
    this.#need(2)
    this.#at = this.#chunk.writeUInt16LE(value, this.#at)
  }

  uint32(value: number): void {
    this.#need(4)
    this.#at = this.#chunk.writeUInt32LE(value, this.#at)
  }

  /** A whole number from 0 to 2^53. */
  uint64(value: number): void {
    this.#need(8)
    this.#chunk.writeUInt32LE(value % 2 ** 32, this.#at)
    this.#at = this.#chunk.writeUInt32LE(Math.floor(value / 2 ** 32), this.#at + 4)
  }

  /** LEB128, the lengths of Native. */
  varUint(value: number): void {
    this.#need(varUintBytes(value))
    this.#putVarUint(value)
  }

  /** A length and the text as UTF-8. A lone half of a surrogate pair has no UTF-8: it becomes U+FFFD. */
  text(value: string): void {
    // A UTF-16 unit takes 3 bytes of UTF-8 at most.
    const lengthBytes = varUintBytes(value.length)
    this.#need(value.length * 3 + lengthBytes + 1)
    const from = this.#at
    const size = this.#chunk.write(value, from + lengthBytes, 'utf8')
    // Mostly ASCII: then the length in bytes is the one that room was left for.
    const actual = varUintBytes(size)
    if (actual !== lengthBytes) this.#chunk.copyWithin(from + actual, from + lengthBytes, from + lengthBytes + size)
    this.#putVarUint(size)
    this.#at += size
  }

  /** Everything so far, in order. */
  chunks(): readonly Uint8Array[] {
    return [...this.#full, this.#chunk.subarray(0, this.#at)]
  }

  #putVarUint(value: number): void {
    let rest = value
    while (rest > 127) {
      this.#chunk[this.#at++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.#chunk[this.#at++] = rest
  }

  #need(bytes: number): void {
    if (this.#chunk.length - this.#at >= bytes) return
    this.#full.push(this.#chunk.subarray(0, this.#at))
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(bytes, Math.min(this.#chunk.length * 2, largestChunk)))
    this.#at = 0
  }
}

const varUintBytes = (value: number): number => {
  let bytes = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) bytes++
  return bytes
}
