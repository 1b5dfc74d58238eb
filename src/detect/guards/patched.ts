import { applyJsonPatch } from '../../engines/admission/json-patch.ts'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { list, part, text } from './guard.ts'

/** More are not read: who made them up wants to be slow to read. */
const mostOperations = 1000

/**
 * What is kept of an object, after a patch: the operations of a JSON patch, else a patch that is merged (merge, strategic
 * or apply: an audit event does not say which). Of lists of things with names those that are named are merged, and the
 * rest stays, since only one of the three would take it away.
 */
export const patched = (kept: JsonObject, patch: JsonValue): JsonObject => {
  if (!Array.isArray(patch)) return isObject(patch) ? merged(kept, patch) : kept
  let now: JsonValue = kept
  for (const one of list(patch).slice(0, mostOperations).map(part)) {
    const operation = { op: text(one.op), path: text(one.path), from: text(one.from), value: one.value }
    // What cannot be done is about something that is not kept.
    const result = applyJsonPatch(now, [operation])
    if (result.kind === 'patched') now = result.value
  }
  return isObject(now) ? now : kept
}

const merged = (kept: JsonObject, patch: JsonObject): JsonObject => {
  const now: Record<string, JsonValue | undefined> = { ...kept }
  for (const [key, value] of Object.entries(patch)) {
    const was = kept[key]
    if (value === null) delete now[key]
    else if (isObject(value)) now[key] = merged(part(was), value)
    else if (isNamed(value) && isNamed(was)) now[key] = mergedByName(list(was), list(value))
    else now[key] = value
  }
  return now
}

const isNamed = (value: JsonValue | undefined): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((one) => isObject(one) && typeof one.name === 'string')

const mergedByName = (was: readonly JsonValue[], patch: readonly JsonValue[]): readonly JsonValue[] => {
  const now = new Map(was.map((one) => [text(part(one).name), one]))
  for (const one of patch) {
    const name = text(part(one).name)
    now.set(name, merged(part(now.get(name)), part(one)))
  }
  return [...now.values()]
}
