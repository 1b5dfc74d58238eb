/** The lines that hold anything. */
export const splitLines = (bytes: Buffer): readonly Buffer[] => {
  const lines: Buffer[] = []
  let from = 0
  while (from < bytes.length) {
    const newline = bytes.indexOf(0x0a, from)
    const to = newline < 0 ? bytes.length : newline
    const line = bytes.subarray(from, to)
    if (line.some((byte) => !isSpace(byte))) lines.push(line)
    from = to + 1
  }
  return lines
}

/** White space as JSON has it. */
export const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
