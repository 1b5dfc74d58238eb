import type { JsonObject, JsonValue } from './json.ts'

/** A list whose items are made when they are asked for, once. JSON.stringify asks for all of them. */
export class JsonList {
  readonly items: Iterable<JsonValue>

  constructor(items: Iterable<JsonValue>) {
    this.items = items
  }

  toJSON(): readonly JsonValue[] {
    return [...this.items]
  }
}

/** JSON of which long lists are not made yet. */
export type JsonDraft = JsonValue | JsonList | readonly JsonDraft[] | JsonDraftObject

export interface JsonDraftObject {
  readonly [key: string]: JsonDraft | undefined
}

/** Makes all lists of a draft. */
export const wholeJson = (draft: JsonDraft): JsonValue => {
  if (typeof draft !== 'object' || draft === null) return draft
  if (draft instanceof JsonList) return draft.toJSON()
  return isList(draft) ? draft.map(wholeJson) : wholeObject(draft)
}

/** `Array.isArray` does not narrow readonly arrays. */
const isList = (draft: JsonDraftObject | readonly JsonDraft[]): draft is readonly JsonDraft[] => Array.isArray(draft)

export const wholeObject = (draft: JsonDraftObject): JsonObject =>
  Object.fromEntries(
    Object.entries(draft).map(([key, member]) => [key, member === undefined ? undefined : wholeJson(member)]),
  )
