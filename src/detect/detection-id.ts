import { uidDigits } from '../model/event-id.ts'

/**
 * The id of a detection: 32 hex digits of its rule, its group (empty for a rule over single events) and the row of the
 * event that completed it. Made of the record alone, so that a replay gives the same.
 */
export const detectionId = (rule: string, group: Readonly<Record<string, string>>, event: string): string =>
  uidDigits(`${rule}\n${JSON.stringify(Object.entries(group))}\n${event}`)
