/** A value as Go's `%v` shows it inside an error. */

import { toText } from '../convert.ts'
import { formatG } from '../go-text.ts'
import { formatDuration } from '../time.ts'
import { CelDuration, CelMap, CelObject, type CelValue, isError, isList } from '../values.ts'

/** At most a few hundred characters: an error never repeats a whole object. */
export function showInError(value: CelValue): string {
  const text = show(value, 3)
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}

function show(value: CelValue, depth: number): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return formatG(value)
  if (isList(value))
    return depth === 0
      ? '[…]'
      : `[${value
          .slice(0, 50)
          .map((item) => show(item, depth - 1))
          .join(', ')}]`
  if (value instanceof CelMap) {
    if (depth === 0) return '{…}'
    const entries = value
      .keys()
      .slice(0, 50)
      .map((key) => `${show(key, 0)}: ${show(value.find(key) ?? null, depth - 1)}`)
    return `{${entries.join(', ')}}`
  }
  if (value instanceof CelDuration) return formatDuration(value.nanos)
  if (value instanceof CelObject) return value.text()
  const text = toText(value)
  return isError(text) || typeof text !== 'string' ? '<value>' : text
}
