import type { JsonObject, JsonValue } from '../../model/json.ts'

/** Kubernetes objects are nowhere near so deep; deeper JSON is an attack on whoever walks it. */
const maxDepth = 64

/**
 * The event without the keys `__proto__`, `constructor` and `prototype` at any depth, which no Kubernetes type has and
 * which are only there to harm a program that copies keys. The very same object when it has none. A text says why the
 * event cannot be taken.
 */
export const tidy = (event: JsonObject): JsonObject | string => {
  switch (look(event, 1)) {
    case 'clean':
      return event
    case 'keys':
      return strip(event)
    case 'deep':
      return `it is nested deeper than ${maxDepth} levels`
  }
}

type Look = 'clean' | 'keys' | 'deep'

const look = (value: object, depth: number): Look => {
  if (depth > maxDepth) return 'deep'
  let seen: Look = 'clean'
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item !== 'object' || item === null) continue
      const below = look(item, depth + 1)
      if (below === 'deep') return below
      if (below === 'keys') seen = below
    }
    return seen
  }
  for (const key in value) {
    if (isHarmful(key)) seen = 'keys'
    const item: unknown = (value as Record<string, unknown>)[key]
    if (typeof item !== 'object' || item === null) continue
    const below = look(item, depth + 1)
    if (below === 'deep') return below
    if (below === 'keys') seen = below
  }
  return seen
}

const isHarmful = (key: string): boolean => key === '__proto__' || key === 'constructor' || key === 'prototype'

const strip = (object: JsonObject): JsonObject => {
  const copy: { [key: string]: JsonValue | undefined } = Object.create(null)
  for (const [key, value] of Object.entries(object)) if (!isHarmful(key)) copy[key] = stripValue(value)
  return copy
}

const stripValue = (value: JsonValue | undefined): JsonValue | undefined => {
  if (Array.isArray(value)) return value.map((item) => stripValue(item) ?? null)
  return typeof value === 'object' && value !== null ? strip(value as JsonObject) : value
}
