import type { Parser } from '../../model/parse.ts'
import { readDocuments } from '../intake/documents.ts'
import { readAlert } from './alert.ts'

/** The parser of the stream `falco`: alerts of Falco or falcosidekick, one, as an array, or as lines. */
export const parseFalco: Parser = (entry) =>
  readDocuments(entry.payload, { isEvent: ({ rule }) => rule !== undefined, read: (alert) => readAlert(alert, entry) })
