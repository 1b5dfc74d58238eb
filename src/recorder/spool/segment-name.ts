/**
 * Segments are named by the first sequence number they may hold: `0000000000000042.seg`. When a segment could not be
 * written and its un-acknowledged records went to a new one, both may start at the same number: the newer one carries a
 * generation (`0000000000000042.1.seg`).
 */

/** A segment's place in the order of the spool. */
export interface SegmentName {
  readonly name: string
  readonly first: number
  readonly generation: number
}

const pattern = /^(\d{16})(?:\.(\d{1,6}))?\.seg$/

export const segmentName = (first: number, generation: number): SegmentName => {
  const digits = String(first).padStart(16, '0')
  return { name: generation === 0 ? `${digits}.seg` : `${digits}.${generation}.seg`, first, generation }
}

/** The segments among the names of a folder, oldest first. */
export const segmentsIn = (names: readonly string[]): SegmentName[] =>
  names
    .flatMap((name): SegmentName[] => {
      const match = pattern.exec(name)
      return match ? [{ name, first: Number(match[1]), generation: Number(match[2] ?? 0) }] : []
    })
    .sort((a, b) => a.first - b.first || a.generation - b.generation)
