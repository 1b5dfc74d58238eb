/** The text of a file, or why there is none. */
export type DecodedText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly why: string }

/**
 * Bytes as text. YAML may be UTF-8, UTF-16 or UTF-32, with or without a byte order mark; the first bytes tell (YAML 1.2.2
 * section 5.2). The mark is removed. Invalid sequences are never replaced in silence.
 */
export const decodeText = (bytes: Uint8Array): DecodedText => {
  const encoding = encodingOf(bytes)
  if (encoding === 'utf-32') return { kind: 'unreadable', why: 'it is UTF-32; save it as UTF-8' }
  try {
    return { kind: 'text', text: new TextDecoder(encoding, { fatal: true }).decode(bytes) }
  } catch {
    return { kind: 'unreadable', why: `it is not valid ${encoding.toUpperCase()} text (a binary file?)` }
  }
}

const encodingOf = (bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32' => {
  const [a, b, c, d] = bytes
  if (bytes.length >= 4) {
    if (a === 0 && b === 0 && (c === 0xfe || c === 0)) return 'utf-32'
    if (c === 0 && d === 0 && (a === 0xff || b === 0)) return 'utf-32'
  }
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  if (bytes.length >= 2 && a === 0) return 'utf-16be'
  if (bytes.length >= 2 && b === 0) return 'utf-16le'
  return 'utf-8'
}
