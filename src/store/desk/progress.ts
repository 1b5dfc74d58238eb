import type { DatabaseSync } from 'node:sqlite'
import { zstdDecompressSync } from 'node:zlib'
import type { JsonValue } from '../../model/json.ts'

/** Where detection stands in the record. */
export interface Progress {
  /** Detections of entries up to this one are in the cases. */
  readonly applied: number
  /** What the detector remembered as of an entry; undefined where it has nothing to go on from. */
  readonly checkpoint: { readonly seq: number; readonly body: JsonValue } | undefined
}

export interface ProgressTable {
  /** Undefined where nothing was kept for this spool (see `Recorder.id`): positions of another mean nothing. */
  read(spool: string): Progress | undefined
  /** Only ever called inside of a transaction, with what was applied up to there. */
  applied(spool: string, seq: number): void
  /** Likewise. What the detector remembered as of an entry, packed as JSON. */
  checkpoint(spool: string, seq: number, bytes: Uint8Array): void
}

export const progressTable = (database: DatabaseSync): ProgressTable => {
  const select = database.prepare('SELECT spool, applied, checkpoint_seq, checkpoint FROM progress WHERE id = 1')
  const apply = database.prepare(
    `INSERT INTO progress (id, spool, applied, checkpoint_seq, checkpoint) VALUES (1, ?1, ?2, ?2, NULL)
     ON CONFLICT (id) DO UPDATE SET
       checkpoint_seq = iif(spool = ?1, checkpoint_seq, ?2), checkpoint = iif(spool = ?1, checkpoint, NULL),
       spool = ?1, applied = ?2`,
  )
  const save = database.prepare('UPDATE progress SET checkpoint_seq = ?2, checkpoint = ?3 WHERE id = 1 AND spool = ?1')
  return {
    read: (spool) => {
      const row = select.get()
      if (row === undefined || row.spool !== spool) return undefined
      const body = row.checkpoint instanceof Uint8Array ? parsed(row.checkpoint) : undefined
      return {
        applied: Number(row.applied),
        checkpoint: body === undefined ? undefined : { seq: Number(row.checkpoint_seq), body },
      }
    },
    applied: (spool, seq) => {
      apply.run(spool, seq)
    },
    checkpoint: (spool, seq, bytes) => {
      save.run(spool, seq, bytes)
    },
  }
}

/** What cannot be read is as none: windows begin anew, and what was applied stays applied. */
const parsed = (bytes: Uint8Array): JsonValue | undefined => {
  try {
    const value: JsonValue = JSON.parse(zstdDecompressSync(bytes).toString('utf8'))
    return value
  } catch {
    return undefined
  }
}
