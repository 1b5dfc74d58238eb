import type { Parser } from '../../model/parse.ts'
import { readDocuments } from '../intake/documents.ts'
import { isTetragonEvent, readEvent } from './event.ts'

/** The parser of the stream `tetragon`: exported events, one, as an array, or as lines. */
export const parseTetragon: Parser = (entry) =>
  readDocuments(entry.payload, { isEvent: isTetragonEvent, read: (event) => readEvent(event, entry) })
