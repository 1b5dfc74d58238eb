import {
  child,
  type Located,
  oneOf,
  place,
  Refused,
  readDocuments,
  readHead,
  type SigmaProblem,
  secondsAt,
  textsAt,
} from '../../engines/sigma/index.ts'
import type { BaselineRule, Novelty, Volume } from './types.ts'

/**
 * Reads the baseline documents of a file: those with the key `baseline`. Others are passed over. What is refused is told
 * with its place and does not stop the rest.
 */
export const readBaselines = (
  text: string,
  file: string,
): { readonly rules: readonly BaselineRule[]; readonly problems: readonly SigmaProblem[] } => {
  const rules: BaselineRule[] = []
  const problems: SigmaProblem[] = []
  for (const located of readDocuments(text, file)) {
    // What is no YAML at all is told by the reader of Sigma's documents.
    if (located instanceof Refused) continue
    const baseline = child(located, 'baseline')
    if (baseline === undefined) continue
    const title = child(located, 'title')
    try {
      rules.push(readBaseline(located, baseline))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const named = title?.kind === 'scalar' && typeof title.value === 'string' ? title.value : undefined
      problems.push({ at: error.at, title: named, what: error.what })
    }
  }
  return { rules, problems }
}

const keys = [
  'type',
  'rules',
  'learn-from',
  'group-by',
  'learn',
  'timespan',
  'season',
  'condition',
  'values',
  'forget',
  'new-groups',
] as const

const readBaseline = (node: Located, baseline: Located): BaselineRule => {
  const head = readHead(node)
  onlyKeys(baseline, keys, 'baseline')
  const type = oneOf(baseline, 'type', ['volume', 'new'])
  if (type === undefined) throw new Refused(baseline.at, 'baseline has no type: volume or new')
  const rules = textsAt(baseline, 'rules')
  if (rules.length === 0) throw new Refused(baseline.at, 'baseline has no rules: ids or names of Sigma rules')
  const groupBy = textsAt(baseline, 'group-by')
  if (groupBy.length === 0)
    throw new Refused(baseline.at, 'baseline has no group-by: the fields whose usual is learned')
  const learnSeconds = secondsAt(baseline, 'learn')
  if (learnSeconds === undefined) throw new Refused(baseline.at, 'baseline has no learn, such as 24h')
  const watch = type === 'volume' ? readVolume(baseline) : readNovelty(baseline)
  return { ...head, kind: 'baseline', rules, learnFrom: textsAt(baseline, 'learn-from'), groupBy, learnSeconds, watch }
}

const readVolume = (baseline: Located): Volume => {
  const timespanSeconds = secondsAt(baseline, 'timespan')
  if (timespanSeconds === undefined) throw new Refused(baseline.at, 'a baseline of volume has no timespan, such as 5m')
  const condition = child(baseline, 'condition')
  if (condition === undefined)
    throw new Refused(baseline.at, 'a baseline of volume has no condition, such as {mads: 6, least: 20}')
  onlyKeys(condition, ['mads', 'least'], 'condition')
  for (const key of ['values', 'forget', 'new-groups', 'learn-from'])
    refuse(baseline, key, 'is for baselines of type new')
  return {
    type: 'volume',
    timespanSeconds,
    season: oneOf(baseline, 'season', ['hour-of-week']) !== undefined,
    mads: positive(condition, 'mads'),
    least: positive(condition, 'least'),
  }
}

const readNovelty = (baseline: Located): Novelty => {
  const values = textsAt(baseline, 'values')
  if (values.length === 0)
    throw new Refused(baseline.at, 'a baseline of type new has no values: the fields whose values are learned')
  for (const key of ['timespan', 'season', 'condition']) refuse(baseline, key, 'is for baselines of type volume')
  return {
    type: 'new',
    values,
    forgetSeconds: secondsAt(baseline, 'forget') ?? 30 * 86_400,
    newGroups: oneOf(baseline, 'new-groups', ['learn', 'fire']) ?? 'learn',
  }
}

const positive = (node: Located, key: string): number => {
  const value = child(node, key)
  if (value?.kind === 'scalar' && typeof value.value === 'number' && value.value > 0 && value.value <= 1e9)
    return value.value
  throw new Refused(place(node, key), `"${key}" has to be a number above 0`)
}

/** A misspelt key would silently mean its default. */
const onlyKeys = (node: Located, known: readonly string[], name: string): void => {
  if (node.kind !== 'map') throw new Refused(node.at, `${name} has to be a map`)
  for (const [key, value] of node.entries)
    if (!known.includes(key)) throw new Refused(value.at, `${name} has no "${key}"; it has ${known.join(', ')}`)
}

const refuse = (node: Located, key: string, why: string): void => {
  const value = child(node, key)
  if (value !== undefined) throw new Refused(value.at, `"${key}" ${why}`)
}
