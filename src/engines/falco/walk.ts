/** The plugin's walk along keys through lists (getValuesRecursive of extract.go). */
import { type EventValue, get, isList, textOf } from './event.ts'

/** What a walk found; an element of a list that lacks the rest of the keys is undefined. */
export type Found = readonly (EventValue | undefined)[]

/**
 * Follows `keys`. A list on the way is walked element by element, or only its element `index`. Undefined: a key is
 * missing. A list behind the last key is one value. The empty key stays where it is, so that lists are opened.
 */
export const walk = (
  value: EventValue | undefined,
  keys: readonly string[],
  index: number | undefined,
  from = 0,
  depth = 0,
): Found | undefined => {
  // fastjson refuses events that are nested deeper.
  if (depth > 300) return undefined
  let here = value
  for (let i = from; i < keys.length; i++) {
    if (isList(here)) {
      if (index === undefined) {
        const all: (EventValue | undefined)[] = []
        for (const element of here) {
          const found = walk(element, keys, index, i, depth + 1)
          if (found === undefined) all.push(undefined)
          else for (const one of found) all.push(one)
        }
        return all
      }
      here = here[index]
      if (here === undefined) return undefined
    }
    const key = keys[i] ?? ''
    if (key !== '') here = get(here, key)
    if (here === undefined) return undefined
  }
  return [here]
}

/** The texts of what was found, without the gaps. */
export const presentTexts = (found: Found | undefined): readonly string[] | undefined =>
  found?.flatMap((one) => (one === undefined ? [] : [textOf(one)]))

/** The texts of what was found, or undefined where there is a gap. */
export const allTexts = (found: Found | undefined): readonly string[] | undefined => {
  if (found === undefined || found.includes(undefined)) return undefined
  return presentTexts(found)
}
