import type { JsonObject } from '../../model/json.ts'
import type { Parser } from '../../model/parse.ts'
import type { RuntimeRecord } from '../../model/record.ts'
import { type Origin, readDocuments, readOne } from '../intake/documents.ts'
import { isTetragonEvent, readEvent } from './event.ts'

/** The parser of the stream `tetragon`: exported events, one, as an array, or as lines. */
export const parseTetragon: Parser = (entry) =>
  readDocuments(entry.payload, { isEvent: isTetragonEvent, read: (event) => readEvent(event, entry) })

/** The record of one event that is JSON already, or a text that says why it is none. */
export const readTetragonEvent = (event: JsonObject, origin: Origin): RuntimeRecord | string =>
  readOne(event, (tidied) => readEvent(tidied, origin))
