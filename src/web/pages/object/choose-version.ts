/** Which version of an object is shown, and with which it is compared. Pure; rows are newest first. */
import type { ObjectVersionRow } from '../../../model/answer.ts'
import { millisOf } from '../../url/time.ts'

/** The one that the URL names, or the newest as of the moment; without either, the newest. */
export const chosenVersion = (
  rows: readonly ObjectVersionRow[],
  id: string | undefined,
  at: string | undefined,
): ObjectVersionRow | undefined =>
  rows.find((row) => row.id === id) ??
  rows.find((row) => at === undefined || millisOf(row.time) <= millisOf(at)) ??
  rows.at(-1)

/** The version that this one replaced; undefined for the first of an object, and where an older one is not loaded. */
export const versionBefore = (
  rows: readonly ObjectVersionRow[],
  version: ObjectVersionRow,
): ObjectVersionRow | undefined => {
  const older = rows[rows.findIndex(({ id }) => id === version.id) + 1]
  // An object deleted and made again has another uid: it replaced nothing.
  return older && older.uid === version.uid && version.change !== 'added' ? older : undefined
}
