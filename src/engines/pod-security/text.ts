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
