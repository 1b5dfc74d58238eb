/** How upstream's messages are put together: k8s.io/pod-security-admission/policy/helpers.go. */

/** `"a", "b"`. Quotes inside an item are not escaped, as upstream does not. */
export const joinQuote = (items: readonly string[]): string => items.map((item) => `"${item}"`).join(', ')

/** `singular` for one, `plural` for any other number. */
export const pluralize = (singular: string, plural: string, count: number): string => (count === 1 ? singular : plural)

/** `container "a"` or `containers "a", "b"`. */
export const quoteContainers = (names: readonly string[]): string =>
  `${pluralize('container', 'containers', names.length)} ${joinQuote(names)}`

/** Who set a bad value: `pod`, `containers "a", "b"`, or both joined by `and`. */
export const settersOf = (pod: boolean, containers: readonly string[]): string[] => [
  ...(pod ? ['pod'] : []),
  ...(containers.length > 0 ? [quoteContainers(containers)] : []),
]

/** Distinct items in the order of Go's sets.List: by the bytes of their UTF-8. */
export const sortedSet = (items: readonly string[]): string[] => [...new Set(items)].sort(compareBytes)

/** Orders texts by the bytes of their UTF-8, which is the order of their code points. */
export const compareBytes = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)]
    if (left === right) continue
    const [leftHigh, rightHigh] = [isSurrogate(left), isSurrogate(right)]
    // UTF-16 puts surrogates below U+E000..U+FFFF; in UTF-8 the code points they stand for come last.
    return leftHigh === rightHigh ? left - right : leftHigh ? 1 : -1
  }
  return a.length - b.length
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff

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
