/** Falco sees bytes where JavaScript sees UTF-16: order, length and cuts go by UTF-8. */

/** True where each code unit is one byte of UTF-8. */
export const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/** The bytes of UTF-8 as a string of one character a byte. */
export const toBytes = (text: string): string => {
  if (isAscii(text)) return text
  let bytes = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    // A lone surrogate is no character: it becomes U+FFFD, as in every encoder.
    const point = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code
    if (point < 0x80) bytes += String.fromCharCode(point)
    else if (point < 0x800) bytes += String.fromCharCode(0xc0 | (point >> 6), tail(point))
    else if (point < 0x10000) bytes += String.fromCharCode(0xe0 | (point >> 12), tail(point >> 6), tail(point))
    else bytes += String.fromCharCode(0xf0 | (point >> 18), tail(point >> 12), tail(point >> 6), tail(point))
  }
  return bytes
}

const tail = (bits: number): number => 0x80 | (bits & 0x3f)

/** The text that bytes, one a character, stand for; what is no UTF-8 becomes U+FFFD, byte by byte. */
export const fromBytes = (bytes: string): string => {
  if (isAscii(bytes)) return bytes
  let text = ''
  for (let i = 0; i < bytes.length; ) {
    const { point, size } = decodeAt(bytes, i)
    text += String.fromCodePoint(point)
    i += size
  }
  return text
}

const decodeAt = (bytes: string, at: number): { readonly point: number; readonly size: number } => {
  const first = bytes.charCodeAt(at)
  const bad = { point: 0xfffd, size: 1 }
  if (first < 0x80) return { point: first, size: 1 }
  const size = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0
  if (size === 0 || first >= 0xf5) return bad
  let point = first & (0xff >> (size + 1))
  for (let i = 1; i < size; i++) {
    const next = bytes.charCodeAt(at + i)
    if (Number.isNaN(next) || (next & 0xc0) !== 0x80) return bad
    point = (point << 6) | (next & 0x3f)
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][size] ?? 0
  if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return bad
  return { point, size }
}

/** Number of bytes. */
export const byteLength = (text: string): number => (isAscii(text) ? text.length : toBytes(text).length)

/** At most `limit` bytes of the text. */
export const cutBytes = (text: string, limit: number): string => {
  if (text.length * 3 <= limit) return text
  return fromBytes(toBytes(text).slice(0, limit))
}

/** The order of `strcmp`: below zero, zero or above. */
export const compareBytes = (one: string, two: string): number => {
  const [a, b] = isAscii(one) && isAscii(two) ? [one, two] : [toBytes(one), toBytes(two)]
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** A C string ends at its first NUL. */
export const cutAtNul = (text: string): string => {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

/** Upper and lower case of ASCII letters only, as in the C locale. */
export const lowerAscii = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
export const upperAscii = (text: string): string =>
  isAscii(text) ? text.toUpperCase() : text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase())
