/** JSON as numbered, foldable lines, for the raw record beside the story. Pure. */
import { isObject, type JsonValue } from '../../model/json.ts'

/** One line as it is shown. `path` is where the value stands: `["user","groups",0]` as `user.groups[0]`. */
export interface JsonLine {
  readonly path: string
  readonly depth: number
  /** The key with its quotes and colon, empty in arrays and at the top. */
  readonly label: string
  /** The value, or the bracket that opens or closes. */
  readonly text: string
  readonly kind: 'open' | 'close' | 'string' | 'number' | 'word' | 'folded'
  /** The value as it is in the record, for scalar values. */
  readonly value: string | undefined
}

/** Deeper than this, a value is shown as one line; the copy button still gives all of it. */
const maxDepth = 64

/** The lines of a value; containers whose path is in `folded` are one line each. */
export const jsonLines = (value: JsonValue, folded: ReadonlySet<string>): readonly JsonLine[] => {
  const lines: JsonLine[] = []
  write(lines, value, '', '', 0, '', folded)
  return lines
}

const write = (
  lines: JsonLine[],
  value: JsonValue | undefined,
  path: string,
  label: string,
  depth: number,
  comma: string,
  folded: ReadonlySet<string>,
): void => {
  const entries = entriesOf(value)
  if (!entries) {
    lines.push({ path, depth, label, text: JSON.stringify(value ?? null) + comma, ...scalar(value ?? null) })
    return
  }
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (entries.length === 0) {
    lines.push({ path, depth, label, text: open + close + comma, kind: 'word', value: undefined })
    return
  }
  if (folded.has(path) || depth >= maxDepth) {
    const text = `${open} ${entries.length} ${Array.isArray(value) ? 'items' : 'keys'} ${close}${comma}`
    lines.push({ path, depth, label, text, kind: 'folded', value: undefined })
    return
  }
  lines.push({ path, depth, label, text: open, kind: 'open', value: undefined })
  entries.forEach(([key, item], index) => {
    const inArray = typeof key === 'number'
    const next = inArray ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
    const rest = index < entries.length - 1 ? ',' : ''
    write(lines, item, next, inArray ? '' : `${JSON.stringify(key)}: `, depth + 1, rest, folded)
  })
  lines.push({ path, depth, label: '', text: close + comma, kind: 'close', value: undefined })
}

const entriesOf = (
  value: JsonValue | undefined,
): readonly (readonly [string | number, JsonValue | undefined])[] | undefined => {
  if (Array.isArray(value)) return value.map((item, index) => [index, item] as const)
  if (isObject(value)) return Object.entries(value).filter(([, item]) => item !== undefined)
  return undefined
}

const scalar = (value: JsonValue): Pick<JsonLine, 'kind' | 'value'> => {
  if (typeof value === 'string') return { kind: 'string', value }
  if (typeof value === 'number') return { kind: 'number', value: String(value) }
  return { kind: 'word', value: String(value) }
}
