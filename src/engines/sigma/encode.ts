/** Encodings that modifiers give to texts. A byte string holds one byte in each character. */

export const utf8 = (text: string): string =>
  [...text]
    .flatMap((character) => utf8Bytes(character.codePointAt(0) ?? 0))
    .map((byte) => String.fromCharCode(byte))
    .join('')

const utf8Bytes = (code: number): readonly number[] => {
  if (code < 0x80) return [code]
  const rest = (shift: number): number => 0x80 | ((code >> shift) & 0x3f)
  if (code < 0x800) return [0xc0 | (code >> 6), rest(0)]
  if (code < 0x10000) return [0xe0 | (code >> 12), rest(6), rest(0)]
  return [0xf0 | (code >> 18), rest(12), rest(6), rest(0)]
}

export const utf16 = (text: string, order: 'little' | 'big'): string => {
  let bytes = ''
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    const [low, high] = [String.fromCharCode(unit & 0xff), String.fromCharCode(unit >> 8)]
    bytes += order === 'little' ? low + high : high + low
  }
  return bytes
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export const base64 = (bytes: string): string => {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes.charCodeAt(i), bytes.charCodeAt(i + 1), bytes.charCodeAt(i + 2)]
    const word = (a << 16) | ((Number.isNaN(b) ? 0 : b) << 8) | (Number.isNaN(c) ? 0 : c)
    text += digits.charAt(word >> 18) + digits.charAt((word >> 12) & 63)
    text += Number.isNaN(b) ? '=' : digits.charAt((word >> 6) & 63)
    text += Number.isNaN(c) ? '=' : digits.charAt(word & 63)
  }
  return text
}

/**
 * What base64 makes of the bytes wherever they stand in a longer run: one text for each place modulo 3, without the
 * digits that also hold bits of the neighbours. Counts bytes, as pySigma does since SigmaBase64OffsetModifier's mend.
 */
export const base64Offsets = (bytes: string): readonly string[] =>
  [0, 1, 2].map((offset) => {
    const whole = base64(' '.repeat(offset) + bytes)
    const end = [whole.length, whole.length - 3, whole.length - 2][(bytes.length + offset) % 3]
    return whole.slice([0, 2, 3][offset], end)
  })
