import { uidDigits } from '../../model/event-id.ts'

/** 16 hex digits that stand for some texts. */
const digest = (...texts: readonly string[]): string => uidDigits(texts.join('\n')).slice(0, 16)

/** The id of the case that a detection opens. */
export const caseIdOf = (cluster: string, detection: string): string => `c${digest('case', cluster, detection)}`

/** The id of a case that is split out, `n` the number of the change. */
export const splitIdOf = (from: string, home: string, n: number): string => `c${digest('split', from, home, String(n))}`

/** The id of a change: that of its case and its number. */
export const changeIdOf = (id: string, n: number): string => `${id}-${n}`

/** The case that a change is of. */
export const caseOfChange = (change: string): string => change.slice(0, Math.max(0, change.lastIndexOf('-')))
