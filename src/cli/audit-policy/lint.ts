import { lintPolicy, type PolicyWarning } from '../../engines/audit-policy/index.ts'
import { type Place, placeText } from '../objects/load.ts'
import { visible } from '../terminal.ts'
import type { PolicyFile } from './load.ts'

/** One thing about a policy. `error`: the API server refuses the file. */
export interface PolicyRemark {
  readonly id: PolicyWarning['id'] | 'refused' | 'passed-over'
  readonly severity: 'error' | PolicyWarning['severity']
  readonly place: Place
  readonly path: string
  readonly what: string
  readonly mend: string
}

/** All that is to be said of a policy file, in order of place. A refused one is not judged further. */
export const remarksOf = ({ reading, place }: PolicyFile): readonly PolicyRemark[] => {
  const at = (path: string) => ({ path, place: place(path) })
  const passedOver = reading.warnings.map(
    // The API server passes such a field over, so that the rule around it matches more than was meant.
    ({ path, what }): PolicyRemark => ({
      id: 'passed-over',
      severity: 'high',
      ...at(path),
      what: `${path} ${what}`,
      mend: '',
    }),
  )
  const others =
    reading.kind === 'refused'
      ? reading.errors.map(
          ({ path, what }): PolicyRemark => ({
            id: 'refused',
            severity: 'error',
            ...at(path),
            what: path === '' ? what : `${path} ${what}`,
            mend: '',
          }),
        )
      : lintPolicy(reading.policy).map(
          ({ id, severity, rule, what, mend }): PolicyRemark => ({
            id,
            severity,
            ...at(pathOf(id, rule)),
            what,
            mend,
          }),
        )
  return [...passedOver, ...others].sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)
}

const stageRemarks: ReadonlySet<string> = new Set(['blind-to-results', 'blind-to-panics', 'double'])

const pathOf = (id: PolicyWarning['id'], rule: number): string => {
  const stages = stageRemarks.has(id) ? 'omitStages' : ''
  if (rule < 0) return id === 'no-end' ? 'rules' : stages
  return stages === '' ? `rules[${rule}]` : `rules[${rule}].${stages}`
}

/** `policy.yaml:3:5  high    rules[0] … ` and, below, how to mend it. */
export const remarkLines = ({ place, severity, what, mend }: PolicyRemark): readonly string[] => [
  `${visible(placeText(place))}  ${severity.padEnd('medium'.length)}  ${visible(what)}`,
  ...(mend === '' ? [] : [`    → ${visible(mend)}`]),
]
