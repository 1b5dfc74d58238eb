/**
 * Audit events as the k8saudit plugin reads them: values are found by keys and rendered as text.
 * Upstream: falcosecurity/plugins 0b3cbd8d84eb, plugins/k8saudit/pkg/k8saudit/extract.go, with github.com/valyala/fastjson.
 */
import { cutAtNul } from './utf8.ts'

/** A number or text together with the way it was written, where a JavaScript value would lose that. */
export class Written {
  readonly value: string | number
  readonly source: string

  constructor(value: string | number, source: string) {
    this.value = value
    this.source = source
  }
}

/** Any JSON value, either parsed by `JSON.parse` or by `parseExactly`. */
export type EventValue = string | number | boolean | null | Written | readonly EventValue[] | EventObject

/** A JSON object. A plain JsonObject is one. Keys are chosen by attackers: read it with {@link member}. */
export interface EventObject {
  readonly [key: string]: EventValue | undefined
}

export const isList = (value: EventValue | undefined): value is readonly EventValue[] => Array.isArray(value)

export const isEventObject = (value: EventValue | undefined): value is EventObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Written)

/** An own member of an object, or undefined. */
export const member = (object: EventObject, key: string): EventValue | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** fastjson's Get with one key: a member of an object, or an element of an array by its decimal number. */
export const get = (value: EventValue | undefined, key: string): EventValue | undefined => {
  if (isList(value)) return /^[+-]?[0-9]{1,15}$/.test(key) ? value[Number(key)] : undefined
  return isEventObject(value) ? member(value, key) : undefined
}

/** fastjson's Get with several keys. */
export const getPath = (value: EventValue | undefined, path: readonly string[]): EventValue | undefined => {
  let found = value
  for (const key of path) {
    found = get(found, key)
    if (found === undefined) return undefined
  }
  return found
}

/** A text as it is; any other value as compact JSON. JSON null is the text `null`. C strings end at a NUL. */
export const textOf = (value: EventValue): string => {
  if (typeof value === 'string') return value.includes('\0') ? cutAtNul(value) : value
  return cutAtNul(wholeTextOf(value))
}

/** What {@link textOf} gives before it is handed on as a C string: the plugin compares and joins texts with their NULs. */
export const wholeTextOf = (value: EventValue): string => stringOf(value) ?? jsonText(value)

/** The text, of a JSON string only. */
export const stringOf = (value: EventValue | undefined): string | undefined => {
  if (typeof value === 'string') return value
  return value instanceof Written && typeof value.value === 'string' ? value.value : undefined
}

/** fastjson refuses events that are nested deeper; what is deeper is read as null. */
const deepest = 300

/**
 * Compact JSON. fastjson writes texts the way it found them; where that is not known they are written as Go's encoder,
 * which the API server uses, would have.
 */
export const jsonText = (value: EventValue, depth = 0): string => {
  if (typeof value === 'string') return goQuoted(value)
  if (typeof value !== 'object') return String(value)
  if (value === null || depth > deepest) return 'null'
  if (value instanceof Written) return value.source
  if (isList(value)) return `[${value.map((one) => jsonText(one, depth + 1)).join(',')}]`
  if (!isEventObject(value)) return 'null'
  const members: string[] = []
  for (const [key, one] of Object.entries(value)) {
    if (one !== undefined) members.push(`${goQuoted(key)}:${jsonText(one, depth + 1)}`)
  }
  return `{${members.join(',')}}`
}

/** The text as a JSON string, as encoding/json writes it: `<`, `>`, `&` and the line separators are escaped. */
const goQuoted = (text: string): string => {
  const quoted = JSON.stringify(text)
  if (!/[<>&\u2028\u2029]/.test(quoted)) return quoted
  return quoted.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** JSON indented by two blanks, as Go's json.Indent does: empty lists and objects stay on one line. */
export const indentedText = (value: EventValue, indent = ''): string => {
  const deeper = `${indent}  `
  if (indent.length > 2 * deepest) return 'null'
  if (isList(value)) {
    if (value.length === 0) return '[]'
    return `[\n${value.map((one) => deeper + indentedText(one, deeper)).join(',\n')}\n${indent}]`
  }
  if (!isEventObject(value)) return jsonText(value)
  const lines: string[] = []
  for (const [key, one] of Object.entries(value)) {
    if (one !== undefined) lines.push(`${deeper}${goQuoted(key)}: ${indentedText(one, deeper)}`)
  }
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`
}
