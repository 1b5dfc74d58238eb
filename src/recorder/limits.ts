const mebi = 1024 * 1024
const gibi = 1024 * mebi

/** A floor of free space: a part of the disk, but on a large disk no more than so many bytes. */
export interface SpaceFloor {
  readonly ratio: number
  readonly bytes: number
}

/** What the recorder may take of disk, memory and time. Sizes in bytes, times in milliseconds. */
export interface RecorderLimits {
  /** A segment is closed at this size or age. */
  readonly segmentBytes: number
  readonly segmentMillis: number
  /** Most that the spool may hold; undefined: as much as the disk has. */
  readonly quotaBytes: number | undefined
  /** Below this, an alert stands in the status and stored segments are deleted before their time. */
  readonly alertFree: SpaceFloor
  /** Below this, nothing more is accepted. */
  readonly refuseFree: SpaceFloor
  /** A stored segment is kept for so long, to be read again if the store loses something. */
  readonly minAgeMillis: number
  /** A block for the store is closed at so many rows, so many bytes of payload, or so much time after its first entry. */
  readonly blockRows: number
  readonly blockBytes: number
  readonly blockMillis: number
  /** Entries on their way to the parser are kept in memory up to this size; beyond it they are read back from disk. */
  readonly handoffBytes: number
  /** Parsed entries waiting for the store are kept up to this size of payload; beyond it they are parsed again. */
  readonly parsedBytes: number
  /** Most that the quarantine may hold, and most of one unreadable part. */
  readonly quarantineBytes: number
  readonly quarantinePartBytes: number
}

export const defaultLimits: RecorderLimits = {
  segmentBytes: 64 * mebi,
  segmentMillis: 60_000,
  quotaBytes: undefined,
  alertFree: { ratio: 0.1, bytes: 10 * gibi },
  refuseFree: { ratio: 0.03, bytes: 2 * gibi },
  minAgeMillis: 24 * 3600_000,
  blockRows: 10_000,
  blockBytes: 12 * mebi,
  blockMillis: 1000,
  handoffBytes: 4 * mebi,
  parsedBytes: 8 * mebi,
  quarantineBytes: 64 * mebi,
  quarantinePartBytes: mebi,
}
