import { isObject, type JsonObject } from '../model/json.ts'

/** The line that says how much was looked at for an answer of the record, and what is missing in its range. */
export const searchedText = (answer: JsonObject): string => {
  const searched = isObject(answer.searched) ? answer.searched : {}
  const gaps = Array.isArray(searched.gaps) ? searched.gaps.length : 0
  return `searched ${Number(searched.rows).toLocaleString('en')} rows in ${Math.round(Number(searched.elapsedMillis))} ms; ${gaps === 0 ? 'no gap in range' : `${gaps} gaps in range`}${searched.partial === true ? '; partial' : ''}`
}
