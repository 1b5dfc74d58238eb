/** How a file that people write by hand is known to have changed, and whether its change is over. */
import type { Stats } from 'node:fs'

type Written = Pick<Stats, 'size' | 'mtimeMs' | 'ino'>

/** Another where the file may say something else: by size, moment of change and inode. */
export const markOf = ({ size, mtimeMs, ino }: Written): string => `${size} ${mtimeMs} ${ino}`

/** How long a file must have rested before what it says takes the place of what it said before, in milliseconds. */
const restMillis = 300

/**
 * Whether somebody may be writing it at this moment: it may then be empty, or end anywhere, with nothing wrong in it. One
 * that is the same at the next look is not being written, whatever the clock of its disk says.
 */
export const maybeUnfinished = ({ mtimeMs }: Written): boolean => Date.now() - mtimeMs < restMillis
