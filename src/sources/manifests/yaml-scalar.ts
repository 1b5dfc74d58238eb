/** What a scalar can stand for. Numbers that JSON cannot hold are `NaN` or infinite. */
export type ScalarValue = string | number | boolean | null

/**
 * What a plain or tagged scalar means to kubectl and the API server, which read YAML 1.1 (go.yaml.in/yaml v2, resolve.go):
 * `yes` and `on` are true, `0777` is octal, `1_000` is a number, there is no base 60, and a timestamp stays a text.
 * `tag` is the full tag, or undefined. Undefined is given when the text does not fit the tag.
 */
export const resolveScalar = (text: string, tag: string | undefined): ScalarValue | undefined => {
  if (tag === undefined) return resolvePlain(text)
  if (!tag.startsWith(coreTag)) return text
  const name = tag.slice(coreTag.length)
  if (name === 'str' || name === 'binary' || name === 'timestamp') return text
  if (!['bool', 'int', 'float', 'null'].includes(name)) return text
  const value = resolvePlain(text)
  const fits =
    name === 'null'
      ? value === null
      : name === 'bool'
        ? typeof value === 'boolean'
        : typeof value === 'number' && (name === 'float' || Number.isInteger(value))
  return fits ? value : undefined
}

const coreTag = 'tag:yaml.org,2002:'

const resolvePlain = (text: string): ScalarValue => {
  const first = text.charCodeAt(0)
  // Most scalars begin with a letter that no special value begins with.
  if (text !== '' && hints[first] !== 1) return text
  const named = namedValues.get(text)
  if (named !== undefined) return named
  return isNumberStart(first) ? resolveNumber(text) : text
}

const isNumberStart = (unit: number): boolean =>
  (unit >= 0x30 && unit <= 0x39) || unit === 0x2b || unit === 0x2d || unit === 0x2e

const resolveNumber = (text: string): ScalarValue => {
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '')
  return parseInteger(plain) ?? (floatPattern.test(plain) ? Number(plain) : text)
}

/** Go's strconv.ParseInt with base 0, without the underscores, and `0b` and `-0b`. */
const parseInteger = (text: string): number | undefined => {
  const parts = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/.exec(text)
  if (parts === null) return undefined
  const [, sign, hex, binary, octal, decimal] = parts
  const size =
    hex !== undefined
      ? Number.parseInt(hex, 16)
      : binary !== undefined
        ? Number.parseInt(binary, 2)
        : octal !== undefined
          ? Number.parseInt(octal, 8)
          : Number(decimal)
  return sign === '-' && size !== 0 ? -size : size
}

const floatPattern = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/

const namedValues: ReadonlyMap<string, ScalarValue> = new Map<string, ScalarValue>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((text) => [text, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((text) => [text, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((text) => [text, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((text) => [text, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((text) => [text, Number.POSITIVE_INFINITY] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((text) => [text, Number.NEGATIVE_INFINITY] as const),
])

/** 1 for the first characters of everything that is not simply a text. */
const hints = new Uint8Array(128)
for (const char of 'yYnNtTfFoO~+-.0123456789') hints[char.charCodeAt(0)] = 1
