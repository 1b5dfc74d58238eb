/** The value of a string or bytes literal, by cel-go v0.29.2 `parser/unescape.go`. */

const simple: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '`': 96,
  '?': 63,
}

/** The text of a string literal with its quotes (and `r`), or the reason why it has none. */
export function unescapeString(literal: string): { readonly value: string } | { readonly error: string } {
  const body = bodyOf(literal)
  if (body.raw) return { value: body.text }
  let out = ''
  for (const part of parts(body.text)) {
    if (typeof part === 'string') out += part
    else if (part.code > 0x10ffff || (part.code >= 0xd800 && part.code <= 0xdfff))
      return { error: 'invalid unicode code point' }
    else out += String.fromCodePoint(part.code)
  }
  return { value: out }
}

/** The bytes of a bytes literal without its leading `b`, or the reason why it has none. */
export function unescapeBytes(literal: string): { readonly value: Uint8Array } | { readonly error: string } {
  const body = bodyOf(literal)
  const encoder = new TextEncoderLike()
  if (body.raw) {
    encoder.text(body.text)
    return { value: encoder.bytes() }
  }
  for (const part of parts(body.text)) {
    if (typeof part === 'string') encoder.text(part)
    else if (part.unicode) return { error: 'unable to unescape string' }
    else encoder.byte(part.code)
  }
  return { value: encoder.bytes() }
}

function bodyOf(literal: string): { readonly text: string; readonly raw: boolean } {
  const raw = literal.startsWith('r') || literal.startsWith('R')
  const quoted = (raw ? literal.slice(1) : literal).replace(/\r\n?/g, '\n')
  const width = quoted.length >= 6 && (quoted.startsWith('"""') || quoted.startsWith("'''")) ? 3 : 1
  return { text: quoted.slice(width, -width), raw }
}

interface EscapedCode {
  readonly code: number
  readonly unicode: boolean
}

/** Runs of plain text and the escapes between them; the lexer has already refused escapes of any other form. */
function* parts(text: string): Generator<string | EscapedCode> {
  const pattern = /\\(?:([xX])([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g
  let last = 0
  for (const match of text.matchAll(pattern)) {
    if (match.index > last) yield text.slice(last, match.index)
    last = match.index + match[0].length
    const [, , hex, u4, u8, octal, character] = match
    if (hex !== undefined) yield { code: Number.parseInt(hex, 16), unicode: false }
    else if (octal !== undefined) yield { code: Number.parseInt(octal, 8), unicode: false }
    else if (character !== undefined) yield { code: simple[character] ?? character.charCodeAt(0), unicode: false }
    else yield { code: Number.parseInt(u4 ?? u8 ?? '0', 16), unicode: true }
  }
  if (last < text.length) yield text.slice(last)
}

/** Collects UTF-8 and single bytes; engines are pure and compile without the platform's TextEncoder. */
class TextEncoderLike {
  readonly #bytes: number[] = []

  byte(value: number): void {
    this.#bytes.push(value & 0xff)
  }

  text(value: string): void {
    for (const byte of utf8(value)) this.#bytes.push(byte)
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }
}

/** UTF-8 of a string; a lone surrogate becomes U+FFFD, as everywhere where JSON is decoded in Go. */
export function utf8(text: string): number[] {
  const out: number[] = []
  for (const character of text) {
    let code = character.codePointAt(0) ?? 0
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd
    if (code < 0x80) out.push(code)
    else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63))
    else if (code < 0x10000) out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    else out.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
  }
  return out
}

/** The string that these bytes encode, or undefined where they are not valid UTF-8 (as Go's `utf8.Valid`). */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  let out = ''
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i] ?? 0
    const length =
      first < 0x80
        ? 1
        : first >= 0xc2 && first < 0xe0
          ? 2
          : first >= 0xe0 && first < 0xf0
            ? 3
            : first >= 0xf0 && first < 0xf5
              ? 4
              : 0
    if (length === 0 || i + length > bytes.length) return undefined
    let code = length === 1 ? first : first & (0xff >> (length + 1))
    for (let k = 1; k < length; k++) {
      const next = bytes[i + k] ?? 0
      if ((next & 0xc0) !== 0x80) return undefined
      code = (code << 6) | (next & 63)
    }
    const overlong = (length === 3 && code < 0x800) || (length === 4 && (code < 0x10000 || code > 0x10ffff))
    if (overlong || (code >= 0xd800 && code <= 0xdfff)) return undefined
    out += String.fromCodePoint(code)
    i += length
  }
  return out
}
