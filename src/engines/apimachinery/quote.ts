/** Texts in quotes as Go's `strconv.Quote` writes them, which errors of the API server repeat. */

/** What Go writes for these in a quoted string. */
export const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

/** `%q`, a quoted string with Go's escapes. */
export function quote(text: string): string {
  let out = '"'
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (escapes[character] !== undefined) out += escapes[character]
    else if (printable.test(character)) out += character
    else if (code < 0x80) out += `\\x${code.toString(16).padStart(2, '0')}`
    else if (code < 0x10000) out += `\\u${code.toString(16).padStart(4, '0')}`
    else out += `\\U${code.toString(16).padStart(8, '0')}`
  }
  return `${out}"`
}
