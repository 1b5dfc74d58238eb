import { isObject } from '../../model/json.ts'
import { readCorrelation } from './correlation.ts'
import { readDetection } from './detection.ts'
import { child, oneOf, place, textAt, textsAt, titleOf, toJson } from './keys.ts'
import { type Located, Refused, readDocuments } from './located.ts'
import {
  type Head,
  type LogSource,
  levels,
  type SigmaDocument,
  type SigmaFilter,
  type SigmaProblem,
  statuses,
} from './types.ts'

/** What a file holds: documents that are understood, and why others are not. */
export interface SigmaFile {
  readonly documents: readonly SigmaDocument[]
  readonly problems: readonly SigmaProblem[]
}

/**
 * Reads the rules, correlations and filters of a file; a document that is refused does not stop the others. Values and
 * modifiers are looked at when the rules are compiled: see loadSigma. Sigma specification 2.1.0.
 */
export const readSigma = (text: string, file: string): SigmaFile => {
  const documents: SigmaDocument[] = []
  const problems: SigmaProblem[] = []
  let shared: Located | undefined
  for (const located of readDocuments(text, file)) {
    try {
      if (located instanceof Refused) throw located
      if (located.kind !== 'map') throw new Refused(located.at, 'is not a map: a Sigma document has keys such as title')
      const action = located.entries.get('action')
      if (action === undefined) {
        documents.push(readDocument(shared === undefined ? located : merge(shared, located)))
        continue
      }
      const named = textAt(located, 'action')
      if (named === 'global') shared = shared === undefined ? located : merge(shared, located)
      else if (named === 'reset') shared = undefined
      else throw new Refused(action.at, `action "${named}" is not supported; write the document out`)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      problems.push({
        at: error.at,
        title: located instanceof Refused ? undefined : titleOf(located),
        what: error.what,
      })
    }
  }
  return { documents, problems }
}

/** Of two maps, key by key; elsewhere the later one. `action` is not handed on. */
const merge = (first: Located, later: Located): Located => {
  if (first.kind !== 'map' || later.kind !== 'map') return later
  const entries = new Map(first.entries)
  entries.delete('action')
  for (const [key, value] of later.entries) {
    const before = entries.get(key)
    entries.set(key, before === undefined ? value : merge(before, value))
  }
  return { kind: 'map', at: later.at, entries }
}

const readDocument = (node: Located): SigmaDocument => {
  const [detection, correlation, filter] = ['detection', 'correlation', 'filter'].map((key) => child(node, key))
  const kinds = [detection, correlation, filter].filter((one) => one !== undefined)
  if (kinds.length !== 1) throw new Refused(node.at, 'has to have one of detection (a rule), correlation and filter')
  const head = readHead(node)
  if (correlation !== undefined) return { ...head, ...readCorrelation(correlation) }
  if (filter !== undefined) {
    const logsource = readLogSource(node)
    const part = readDetection(filter, ['rules'])
    return { ...head, kind: 'filter', logsource, rules: filterRules(filter), detection: part }
  }
  const part = readDetection(detection ?? node, ['timeframe'])
  return { ...head, kind: 'rule', logsource: readLogSource(node), detection: part }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** What every kind of document says about itself. Throws Refused. */
export const readHead = (node: Located): Head => {
  const title = textAt(node, 'title')
  if (title === undefined || title === '') throw new Refused(node.at, 'has no title')
  if (title.length > 256) throw new Refused(place(node, 'title'), 'the title has more than 256 characters')
  const id = textAt(node, 'id')
  if (id !== undefined && !uuid.test(id)) throw new Refused(place(node, 'id'), `the id "${id.slice(0, 60)}" is no UUID`)
  const document = toJson(node)
  return {
    title,
    id: id?.toLowerCase(),
    name: textAt(node, 'name'),
    status: oneOf(node, 'status', statuses),
    level: oneOf(node, 'level', levels),
    description: textAt(node, 'description') ?? '',
    author: textAt(node, 'author') ?? '',
    license: textAt(node, 'license') ?? '',
    references: textsAt(node, 'references'),
    tags: textsAt(node, 'tags'),
    falsepositives: textsAt(node, 'falsepositives'),
    document: isObject(document) ? document : {},
    at: node.at,
  }
}

const readLogSource = (node: Located): LogSource => {
  const logsource = child(node, 'logsource')
  if (logsource?.kind !== 'map') throw new Refused(logsource?.at ?? node.at, 'has to have a logsource, a map')
  const [category, product, service] = ['category', 'product', 'service'].map((key) => textAt(logsource, key))
  if (category === undefined && product === undefined && service === undefined)
    throw new Refused(logsource.at, 'the logsource has to name a category, a product or a service')
  return {
    ...(category === undefined ? {} : { category }),
    ...(product === undefined ? {} : { product }),
    ...(service === undefined ? {} : { service }),
  }
}

/** pySigma also takes `any`, `all` and an empty list for all rules of the log source. */
const filterRules = (filter: Located): SigmaFilter['rules'] => {
  const rules = child(filter, 'rules')
  if (rules === undefined) throw new Refused(filter.at, 'has to have rules: a list of ids or names, or "any"')
  const texts = textsAt(filter, 'rules')
  const [first = 'any'] = texts
  return ['any', 'all'].includes(first.toLowerCase()) && rules.kind === (texts.length === 0 ? 'list' : 'scalar')
    ? 'any'
    : texts
}
