import type { JsonObject } from '../../model/json.ts'
import type { Parser } from '../../model/parse.ts'
import type { RuntimeRecord } from '../../model/record.ts'
import { type Origin, readDocuments, readOne } from '../intake/documents.ts'
import { readAlert } from './alert.ts'

/** The parser of the stream `falco`: alerts of Falco or falcosidekick, one, as an array, or as lines. */
export const parseFalco: Parser = (entry) =>
  readDocuments(entry.payload, { isEvent: ({ rule }) => rule !== undefined, read: (alert) => readAlert(alert, entry) })

/** The record of one alert that is JSON already, or a text that says why it is none. */
export const readFalcoAlert = (alert: JsonObject, origin: Origin): RuntimeRecord | string =>
  readOne(alert, (tidied) => readAlert(tidied, origin))
