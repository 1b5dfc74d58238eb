import type { JsonObject } from '../../model/json.ts'
import type { Parser } from '../../model/parse.ts'
import type { RuntimeRecord } from '../../model/record.ts'
import { readDocuments } from '../intake/documents.ts'
import { tidy } from '../intake/tidy.ts'
import { isTetragonEvent, type Origin, readEvent } from './event.ts'

/** The parser of the stream `tetragon`: exported events, one, as an array, or as lines. */
export const parseTetragon: Parser = (entry) =>
  readDocuments(entry.payload, { isEvent: isTetragonEvent, read: (event) => readEvent(event, entry) })

/** The record of one event that is JSON already, or a text that says why it is none. */
export const readTetragonEvent = (event: JsonObject, origin: Origin): RuntimeRecord | string => {
  const tidied = tidy(event)
  const read = typeof tidied === 'string' ? tidied : readEvent(tidied, origin)
  return typeof read === 'string' ? read : (read.find((record) => record.kind === 'runtime') ?? 'it tells of nothing')
}
