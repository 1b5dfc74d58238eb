import type { Parsers } from '../model/parse.ts'
import { parseAudit } from '../sources/audit/index.ts'
import { parseFalco } from '../sources/falco/index.ts'
import { parseTetragon } from '../sources/tetragon/index.ts'

/** The parser of each stream that comes from outside. */
export const parsers: Omit<Parsers, 'objects' | 'gaps'> = {
  audit: parseAudit,
  falco: parseFalco,
  tetragon: parseTetragon,
}
