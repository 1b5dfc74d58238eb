import type { EventRow } from '../../model/answer.ts'

const columns = [
  'time',
  'kind',
  'user',
  'impersonatedUser',
  'verb',
  'group',
  'resource',
  'subresource',
  'namespace',
  'name',
  'code',
  'decision',
  'reason',
  'level',
  'stage',
  'sourceIp',
  'userAgent',
  'requestUri',
  'node',
  'container',
  'image',
  'process',
  'summary',
  'source',
  'cluster',
  'receivedAt',
  'id',
] as const satisfies readonly (keyof EventRow)[]

/** The first line of a CSV file of events. */
export const csvHeader = `${columns.join(',')}\r\n`

/** Values as a line of CSV (RFC 4180). */
export const csvRow = (values: readonly (string | number)[]): string => `${values.map(csvField).join(',')}\r\n`

/** One event as a line of CSV. */
export const csvLine = (row: EventRow): string => csvRow(columns.map((column) => row[column]))

/**
 * A text that begins like a formula gets an apostrophe before it, for spreadsheets run formulas from files:
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const csvField = (value: string | number): string => {
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n]|^ | $/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
