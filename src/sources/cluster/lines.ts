/** One line without its end, or one that was longer than allowed (its bytes are dropped as they come). */
export type Line = { readonly kind: 'line'; readonly bytes: Buffer } | { readonly kind: 'too-large' }

const newline = 0x0a

/**
 * Splits a stream of bytes into lines. It works on bytes, so a character that two chunks share stays whole; it never
 * holds more than `maxBytes` and one chunk. What stands after the last newline is not a line: a cut connection ends
 * in the middle of one.
 *
 * @returns a function that takes the next chunk and gives the lines that it ended
 */
export function lineSplitter(maxBytes: number): (chunk: Buffer) => readonly Line[] {
  let held: Buffer[] = []
  let heldBytes = 0
  let dropping = false

  return (chunk) => {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const bytes = heldBytes + end - start
      if (dropping || bytes > maxBytes) lines.push({ kind: 'too-large' })
      else if (bytes > 0)
        lines.push({ kind: 'line', bytes: Buffer.concat([...held, chunk.subarray(start, end)], bytes) })
      held = []
      heldBytes = 0
      dropping = false
      start = end + 1
    }
    if (start < chunk.length && !dropping) {
      held.push(chunk.subarray(start))
      heldBytes += chunk.length - start
      if (heldBytes > maxBytes) {
        held = []
        heldBytes = 0
        dropping = true
      }
    }
    return lines
  }
}
