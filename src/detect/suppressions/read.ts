import { type Located, type Position, Refused, readDocuments } from '../../engines/sigma/located.ts'
import { uidDigits } from '../../model/event-id.ts'
import { isObject, type JsonObject } from '../../model/json.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
import { type Micros, parseMicros } from '../../model/time.ts'
import type { DeclaredSuppression, SuppressionProblem, SuppressionReading } from './types.ts'
import { type SuppressionFault, suppressionFaults } from './validate.ts'

export const suppressionApiVersion = 'bulwark.dev/v1alpha1'

/** The largest number of suppressions that is read of one file. */
const most = 10_000

/**
 * Reads a YAML file with suppressions: documents as in the cluster (kind `Suppression`, or a list of them), a list of
 * plain specs, or a map with such a list under `suppressions`. What cannot be used is reported with its place and left
 * without effect; the rest counts.
 */
export const readSuppressions = (text: string, file: string, now: Micros): SuppressionReading => {
  const reader = new Reader(file, now)
  for (const document of readDocuments(text, file)) {
    if (document instanceof Refused) reader.report(document.at, '', document.what, 'Mend the YAML there.')
    else reader.document(document)
  }
  return reader.reading()
}

/** Reads `Suppression` objects of the cluster; objects of other kinds are passed over. */
export const readSuppressionObjects = (objects: Iterable<JsonObject>, now: Micros): SuppressionReading => {
  const suppressions: DeclaredSuppression[] = []
  for (const object of objects) {
    if (object.kind !== 'Suppression' || object.apiVersion !== suppressionApiVersion) continue
    const metadata = isObject(object.metadata) ? object.metadata : {}
    const spec = isObject(object.spec) ? object.spec : {}
    const text = (value: unknown): string => (typeof value === 'string' ? value : '')
    const rules = Array.isArray(spec.rules) ? spec.rules.map(text).filter((rule) => rule !== '') : []
    const name = text(metadata.name)
    const read: SuppressionSpec = {
      name,
      rules,
      query: text(spec.query),
      owner: text(spec.owner),
      reason: text(spec.reason),
      expires: text(spec.expires),
    }
    const problems = suppressionFaults(read, now).map(({ what, mend }) => ({
      file: '',
      line: 0,
      column: 0,
      name,
      what,
      mend,
    }))
    const created = parseMicros(text(metadata.creationTimestamp))
    suppressions.push({
      ...read,
      id: idOf('cluster', name),
      origin: 'cluster',
      where: `Suppression/${name}`,
      created,
      problems,
    })
  }
  return { suppressions, problems: suppressions.flatMap(({ problems }) => problems) }
}

/** Stable, and safe in a URL. */
const idOf = (origin: string, name: string): string => `s${uidDigits(`suppression\n${origin}\n${name}`).slice(0, 16)}`

const members = ['name', 'rules', 'query', 'owner', 'reason', 'expires'] as const

class Reader {
  readonly #file: string
  readonly #now: Micros
  readonly #suppressions: DeclaredSuppression[] = []
  readonly #problems: SuppressionProblem[] = []
  readonly #names = new Set<string>()

  constructor(file: string, now: Micros) {
    this.#file = file
    this.#now = now
  }

  reading(): SuppressionReading {
    return { suppressions: this.#suppressions, problems: this.#problems }
  }

  report(at: Position, name: string, what: string, mend: string): SuppressionProblem {
    const problem = { file: this.#file, line: at.line, column: at.column, name, what, mend }
    this.#problems.push(problem)
    return problem
  }

  document(document: Located): void {
    if (document.kind === 'list') {
      this.#list(document, (item) => this.#spec(item, item, []))
      return
    }
    if (document.kind === 'scalar') {
      // A document of comments.
      if (document.value === null) return
      this.report(document.at, '', 'this is no suppression', 'Write kind: Suppression, or a list of them.')
      return
    }
    const plain = document.entries.get('suppressions')
    if (plain !== undefined && document.entries.get('kind') === undefined) {
      if (plain.kind === 'list') this.#list(plain, (item) => this.#spec(item, item, []))
      else this.report(plain.at, '', '“suppressions” is not a list', 'Begin each with “- ”.')
      return
    }
    const kind = scalarAt(document, 'kind')
    if (kind === 'SuppressionList' || kind === 'List') {
      const items = document.entries.get('items')
      if (items?.kind === 'list') this.#list(items, (item) => this.#object(item))
      return
    }
    this.#object(document)
  }

  #list(list: Extract<Located, { kind: 'list' }>, read: (item: Located) => void): void {
    for (const item of list.items) {
      if (this.#suppressions.length >= most) {
        this.report(item.at, '', `the file has more than ${most} suppressions`, 'The rest is not read.')
        return
      }
      read(item)
    }
  }

  #object(object: Located): void {
    const metadata = object.kind === 'map' ? object.entries.get('metadata') : undefined
    const name = metadata?.kind === 'map' ? metadata.entries.get('name') : undefined
    const [kind, apiVersion] = ['kind', 'apiVersion'].map((key) => scalarAt(object, key))
    if (kind !== 'Suppression' || apiVersion !== suppressionApiVersion) {
      const is = kind === undefined ? 'this is no suppression' : `this is a ${kind} of ${apiVersion ?? 'no apiVersion'}`
      this.report(object.at, '', is.slice(0, 200), `Write apiVersion: ${suppressionApiVersion} and kind: Suppression.`)
      return
    }
    const spec = object.kind === 'map' ? object.entries.get('spec') : undefined
    this.#spec(spec ?? object, object, name === undefined ? [] : [['name', name]])
  }

  /** `given`: members that stand elsewhere, as metadata.name. */
  #spec(spec: Located, whole: Located, given: readonly (readonly [string, Located])[]): void {
    if (spec.kind !== 'map') {
      this.report(spec.at, '', 'a suppression is a map', `Write ${members.join(', ')}.`)
      return
    }
    const inObject = spec !== whole
    const entries = new Map([
      ...(inObject ? [...spec.entries].filter(([key]) => key !== 'name') : spec.entries),
      ...given,
    ])
    const name = textOf(entries.get('name'))
    const problems: SuppressionProblem[] = []
    const report = (at: Position, what: string, mend: string): void => {
      problems.push(this.report(at, name, what, mend))
    }
    for (const [key, value] of entries) {
      if (members.some((member) => member === key)) checkShape(key, value, report)
      else if (whole !== spec || !objectKeys.has(key))
        report(value.at, `there is no member “${key.slice(0, 60)}”`, `Members are ${members.join(', ')}.`)
    }
    const read: SuppressionSpec = {
      name,
      rules: textsOf(entries.get('rules')),
      query: textOf(entries.get('query')),
      owner: textOf(entries.get('owner')),
      reason: textOf(entries.get('reason')),
      expires: textOf(entries.get('expires')),
    }
    const placeOf = ({ member }: SuppressionFault): Position => entries.get(member)?.at ?? whole.at
    for (const fault of suppressionFaults(read, this.#now)) report(placeOf(fault), fault.what, fault.mend)
    if (name !== '' && this.#names.has(name))
      report(entries.get('name')?.at ?? whole.at, `the name ${name} is used twice`, 'Give each a name of its own.')
    // A second one of a name keeps an id of its own, so that it can be seen.
    const id = this.#names.has(name) || name === '' ? `${name} ${whole.at.line}` : name
    this.#names.add(name)
    const where = `${this.#file}:${whole.at.line}`
    this.#suppressions.push({
      ...read,
      id: idOf(`file ${this.#file}`, id),
      origin: 'file',
      where,
      created: undefined,
      problems,
    })
  }
}

/** Keys of an object that a spec may stand beside, where somebody left `spec:` out. */
const objectKeys: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])

const checkShape = (key: string, value: Located, report: (at: Position, what: string, mend: string) => void): void => {
  if (key === 'rules') {
    const list = value.kind === 'list' ? value.items : [value]
    for (const item of list) if (item.kind !== 'scalar') report(item.at, 'a rule is named by a text', 'Write its id.')
    return
  }
  if (value.kind !== 'scalar') report(value.at, `“${key}” is not a text`, 'Write a text.')
}

const scalarAt = (map: Located, key: string): string | undefined => {
  const value = map.kind === 'map' ? map.entries.get(key) : undefined
  return value === undefined ? undefined : textOf(value)
}

/** A number or a date without quotes is taken as it is written. */
const textOf = (value: Located | undefined): string => {
  if (value?.kind !== 'scalar' || value.value === null) return ''
  return typeof value.value === 'string' ? value.value : value.source
}

const textsOf = (value: Located | undefined): readonly string[] => {
  if (value === undefined) return []
  const items = value.kind === 'list' ? value.items : [value]
  return items.map(textOf).filter((text) => text !== '')
}
