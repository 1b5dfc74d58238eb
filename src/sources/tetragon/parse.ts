import type { Parser } from '../../model/parse.ts'
import { readDocuments } from '../intake/documents.ts'
import { readEvent } from './event.ts'

/** The parser of the stream `tetragon`: exported events, one, as an array, or as lines. */
export const parseTetragon: Parser = (entry) => readDocuments(entry.payload, (event) => readEvent(event, entry))
