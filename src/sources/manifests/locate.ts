import type { Event } from 'js-yaml'
import { isObject, type JsonValue } from '../../model/json.ts'
import { type Composition, itemsOf, keyText, offsetOf, type Pick, pairsOf } from './compose.ts'

/** The document that a path leads into. */
export interface LocatedDocument {
  readonly source: string
  readonly events: readonly Event[]
  readonly composition: Composition
  readonly pick: Pick
}

/**
 * The offset, in the document's source, of the field at `path` below `root`. Where the path leads on after a field is
 * missing, it is the offset of the innermost part that is there: the key of a field, or the beginning of a list's item.
 */
export const locate = (document: LocatedDocument, root: JsonValue, path: string): number => {
  let value: JsonValue | undefined = root
  let best = offsetOfContainer(document, root) ?? 0
  for (const step of stepsOf(path)) {
    const holder: JsonValue | undefined = value
    if (typeof holder !== 'object' || holder === null) break
    const start = document.composition.starts.get(holder)
    value = childOf(holder, step)
    if (value === undefined) break
    // A field that came by a merge key stands in another mapping: the place of the mapping with the merge must do.
    const own = start === undefined ? undefined : offsetOfStep(document, start, step)
    best = own ?? offsetOfContainer(document, value) ?? best
  }
  return best
}

type Step = string | number

/** `spec.containers[0].x["a.b"]` as its steps. */
const stepsOf = (path: string): readonly Step[] => {
  const steps: Step[] = []
  for (const [, name, index, quoted] of path.matchAll(/\.?([^.[\]]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g)) {
    if (index !== undefined) steps.push(Number(index))
    else if (quoted !== undefined) steps.push(String(JSON.parse(quoted)))
    else if (name !== undefined) steps.push(name)
  }
  return steps
}

const childOf = (value: JsonValue, step: Step): JsonValue | undefined => {
  if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
}

const offsetOfContainer = (document: LocatedDocument, value: JsonValue): number | undefined => {
  const start = typeof value === 'object' && value !== null ? document.composition.starts.get(value) : undefined
  const event = start === undefined ? undefined : document.events[start]
  return event === undefined ? undefined : offsetOf(event)
}

const offsetOfStep = (document: LocatedDocument, start: number, step: Step): number | undefined => {
  const index = typeof step === 'number' ? nth(itemsOf(document.events, start), step) : keyIndex(document, start, step)
  const event = index === undefined ? undefined : document.events[index]
  return event === undefined ? undefined : offsetOf(event)
}

const nth = (indexes: Iterable<number>, wanted: number): number | undefined => {
  let count = 0
  for (const index of indexes) {
    if (count === wanted) return index
    count += 1
  }
  return undefined
}

const keyIndex = ({ source, events, pick }: LocatedDocument, mapping: number, key: string): number | undefined => {
  let found: number | undefined
  let count = 0
  for (const pair of pairsOf(events, mapping)) {
    if (keyText(source, events[pair.key])?.replace(/^\ufeff/, '') !== key) continue
    if (pick === 'last' || count <= pick) found = pair.key
    count += 1
  }
  return found
}
