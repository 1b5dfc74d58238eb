import { BulwarkError } from '../model/error.ts'
import {
  type FieldNames,
  type Predicate,
  patternRegex,
  type TextTest,
  type TimePart,
  type ValueTest,
} from '../model/predicate.ts'
import type { Bindings } from './where.ts'

/** SQL over a column with the JSON text of an event. `definitions` belong in a WITH before the condition. */
export interface PredicateSql {
  readonly definitions: readonly string[]
  readonly condition: string
}

/**
 * The condition that is true of the same events as the predicate is, with every value bound. Texts are compared by RE2,
 * whose `(?i)` is simple case folding. Where it cannot agree: numbers beyond 15 digits as text, and times before 1900 or
 * after 2299, which the engine's DateTime64 does not have.
 */
export const predicateSql = (predicate: Predicate, body: string, bindings: Bindings): PredicateSql => {
  const fields = new FieldSql(body, bindings)
  const condition = conditionOf(predicate, body, bindings, fields)
  return { definitions: fields.definitions, condition }
}

const conditionOf = (predicate: Predicate, body: string, bindings: Bindings, fields: FieldSql): string => {
  switch (predicate.kind) {
    case 'all':
    case 'any': {
      const terms = predicate.terms.map((term) => conditionOf(term, body, bindings, fields))
      if (terms.length === 0) return predicate.kind === 'all' ? '1' : '0'
      return `(${terms.join(predicate.kind === 'all' ? ' AND ' : ' OR ')})`
    }
    case 'not':
      return `(NOT ${conditionOf(predicate.term, body, bindings, fields)})`
    case 'field': {
      if (predicate.tests.length === 0) return '0'
      const field = fields.field(predicate.field)
      return `(${predicate.tests.map((test) => testOf(test, field, bindings)).join(' OR ')})`
    }
    case 'anywhere': {
      const strings = `extractAll(${body}, ${bindings.add('"((?:[^"\\\\]|\\\\.)*)"', 'String')})`
      const texts = `arrayConcat([${body}], arrayMap(x -> JSONExtractString(concat('"', x, '"')), ${strings}))`
      return `arrayExists(t -> ${matched('t', predicate.test, bindings)}, ${texts})`
    }
    case 'fields': {
      const { how, cased } = predicate
      const start = how === 'equal' || how === 'starts' ? '^' : ''
      const end = how === 'equal' || how === 'ends' ? '$' : ''
      const flags = cased ? '(?s)' : '(?is)'
      const regex = `concat(${bindings.add(flags + start, 'String')}, regexpQuoteMeta(o), ${bindings.add(end, 'String')})`
      const [left, right] = [fields.field(predicate.field), fields.field(predicate.other)]
      return `arrayExists(t -> arrayExists(o -> match(t, ${regex}), ${right}_texts), ${left}_texts)`
    }
  }
}

const testOf = (test: ValueTest, field: string, bindings: Bindings): string => {
  switch (test.kind) {
    case 'pattern':
    case 'regex':
      return `arrayExists(t -> ${matched('t', test, bindings)}, ${field}_texts)`
    case 'number': {
      const number = `toFloat64(${bindings.add(String(test.number), 'String')})`
      return `arrayExists(n -> n ${test.comparison} ${number}, ${field}_numbers)`
    }
    case 'time': {
      const form = bindings.add(rfc3339, 'String')
      const time = `assumeNotNull(parseDateTime64BestEffortOrNull(if(match(t, ${form}), t, ''), 6, 'UTC'))`
      const part = `${partOf[test.part]}(${time})`
      const compared = `${part} ${test.comparison} toFloat64(${bindings.add(String(test.number), 'String')})`
      return `arrayExists(t -> match(t, ${form}) AND ${compared}, ${field}_strings)`
    }
    case 'cidr':
      return `arrayExists(t -> ${inRange('t', test.cidr, bindings)}, ${field}_texts)`
    case 'value':
      return `arrayExists(v -> v != 'null', ${field}_ends)`
    case 'null':
      return `(empty(${field}_ends) OR has(${field}_values, 'null'))`
    case 'exists':
      return `${test.exists ? 'notEmpty' : 'empty'}(${field}_ends)`
  }
}

const matched = (text: string, test: TextTest, bindings: Bindings): string =>
  `match(${text}, ${bindings.add(test.kind === 'regex' ? test.source : patternRegex(test.parts, test.cased), 'String')})`

const rfc3339 = '^\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$'

const partOf: Readonly<Record<TimePart, string>> = {
  minute: 'toMinute',
  hour: 'toHour',
  day: 'toDayOfMonth',
  week: 'toISOWeek',
  month: 'toMonth',
  year: 'toYear',
}

/** A range of IPv4 also as the range of IPv6 that maps it, and the other way round. */
const inRange = (text: string, cidr: string, bindings: Bindings): string => {
  const [address = '', bits = ''] = cidr.split('/')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const v4 = mapped !== undefined && Number(bits) >= 96 ? `${mapped}/${Number(bits) - 96}` : cidr
  const within = (family: 'IPv4' | 'IPv6', range: string, none: string): string =>
    `(is${family}String(${text}) AND isIPAddressInRange(if(is${family}String(${text}), ${text}, '${none}'), ${bindings.add(range, 'String')}))`
  if (v4.includes(':')) return within('IPv6', cidr, '::')
  const [plain = '', length = ''] = v4.split('/')
  return `(${within('IPv4', v4, '0.0.0.0')} OR ${within('IPv6', `::ffff:${plain}/${Number(length) + 96}`, '::')})`
}

/** Deeper paths than any object has; the engine copies a definition wherever it is used. */
const maxParts = 12

/** Fields as arrays of JSON texts, each defined once: see FieldNames of the model for what they hold. */
class FieldSql {
  readonly definitions: string[] = []
  readonly #body: string
  readonly #bindings: Bindings
  readonly #known = new Map<string, string>()

  constructor(body: string, bindings: Bindings) {
    this.#body = body
    this.#bindings = bindings
  }

  /** The prefix of the names `_ends`, `_values`, `_texts`, `_strings` and `_numbers`. */
  field(names: FieldNames): string {
    const key = JSON.stringify(names)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const field = `f${this.#known.size}`
    this.#known.set(key, field)
    const ends = names.map((name, index) => this.#ends(name, `${field}_${index}`))
    const scalars = (types: string): string => `arrayFilter(v -> toString(JSONType(v)) IN (${types}), ${field}_values)`
    const number = this.#bindings.add('^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$', 'String')
    this.definitions.push(
      `arrayConcat(emptyArrayString(), ${ends.join(', ')}) AS ${field}_ends`,
      `${elementsOf(`${field}_ends`)} AS ${field}_values`,
      `arrayMap(v -> JSONExtractString(v), ${scalars("'String'")}) AS ${field}_strings`,
      `${scalars("'Int64', 'UInt64', 'Double'")} AS ${field}_plain`,
      `arrayConcat(${field}_strings, ${field}_plain, ${scalars("'Bool'")}) AS ${field}_texts`,
      `arrayMap(n -> toFloat64OrZero(n), arrayFilter(n -> length(n) <= 64 AND match(n, ${number}), arrayConcat(${field}_strings, ${field}_plain))) AS ${field}_numbers`,
    )
    return field
  }

  /** What a name leads to: a key of the event itself, or every way to cut the path into keys. */
  #ends(name: string, prefix: string): string {
    const parts = name.split('.')
    if (parts.length > maxParts)
      throw new BulwarkError('REQUEST_INVALID', {
        what: `the field "${name.slice(0, 80)}" has more than ${maxParts} parts`,
        mend: 'Such a rule can be run on new records, not on the record of the past',
      })
    const own = this.#bindings.add(name, 'String')
    const direct = `if(JSONHas(${this.#body}, ${own}), [JSONExtractRaw(${this.#body}, ${own})], emptyArrayString())`
    if (parts.length === 1) return direct
    const reached = (place: number): string => `${prefix}_${place}`
    for (let to = 1; to <= parts.length; to += 1) {
      const steps = parts.slice(0, to).map((_, from) => {
        const key = this.#bindings.add(parts.slice(from, to).join('.'), 'String')
        const start = from === 0 ? `[${this.#body}]` : elementsOf(reached(from))
        return `arrayMap(v -> JSONExtractRaw(v, ${key}), arrayFilter(v -> JSONHas(v, ${key}), ${start}))`
      })
      this.definitions.push(`arrayConcat(emptyArrayString(), ${steps.join(', ')}) AS ${reached(to)}`)
    }
    return `if(JSONHas(${this.#body}, ${own}), ${direct}, ${reached(parts.length)})`
  }
}

/** Lists by their elements, one level deep. */
const elementsOf = (values: string): string =>
  `arrayFlatten(arrayMap(v -> if(toString(JSONType(v)) = 'Array', JSONExtractArrayRaw(v), [v]), ${values}))`
