import { applyJsonPatch } from '../../engines/admission/json-patch.ts'
import { asList, asObject, asText, isObject, type JsonObject, type JsonValue } from '../../model/json.ts'

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
  for (const one of asList(patch).slice(0, mostOperations).map(asObject)) {
    const operation = { op: asText(one.op), path: asText(one.path), from: asText(one.from), value: one.value }
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
    else if (isObject(value)) now[key] = merged(asObject(was), value)
    else if (isNamed(value) && isNamed(was)) now[key] = mergedByName(asList(was), asList(value))
    else now[key] = value
  }
  return now
}

const isNamed = (value: JsonValue | undefined): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((one) => isObject(one) && typeof one.name === 'string')

const mergedByName = (was: readonly JsonValue[], patch: readonly JsonValue[]): readonly JsonValue[] => {
  const now = new Map(was.map((one) => [asText(asObject(one).name), one]))
  for (const one of patch) {
    const name = asText(asObject(one).name)
    now.set(name, merged(asObject(now.get(name)), asObject(one)))
  }
  return [...now.values()]
}
