/** A text as Go's `%q` writes it: double quotes, escapes for what cannot be printed. Upstream: strconv.Quote. */
export const goQuote = (text: string): string => {
  let out = '"'
  for (const char of text) out += namedEscapes.get(char) ?? (printable.test(char) ? char : numberedEscape(char))
  return `${out}"`
}

const namedEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
])

/** strconv.IsPrint: letters, marks, numbers, punctuation, symbols, and the ASCII space. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

const numberedEscape = (char: string): string => {
  const code = char.codePointAt(0) ?? 0
  const hex = (digits: number): string => code.toString(16).padStart(digits, '0')
  if (code < 0x20 || code === 0x7f) return `\\x${hex(2)}`
  return code > 0xffff ? `\\U${hex(8)}` : `\\u${hex(4)}`
}
