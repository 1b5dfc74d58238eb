/** What the API server itself writes into every object, and which hides what somebody changed. Pure. */
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'

const counted: readonly string[] = ['managedFields', 'resourceVersion', 'generation', 'selfLink']

/** The object without managedFields, resourceVersion and generation. */
export const withoutNoise = (body: JsonValue): JsonValue => {
  if (!isObject(body) || !isObject(body.metadata)) return body
  const metadata: JsonObject = Object.fromEntries(
    Object.entries(body.metadata).filter(([key]) => !counted.includes(key)),
  )
  return { ...body, metadata }
}
