/** Named formats (`format.dns1123Label().validate(x)`), after Kubernetes v1.37.2 `cel/library/format.go`. */
import { parseRequestUri } from '../../apimachinery/url.ts'
import { each, type FunctionDeclaration, fn, memberBinary, unary } from '../environment.ts'
import { listOf, optionalOf, stringType, struct } from '../types.ts'
import { utf8 } from '../unescape.ts'
import { type CelError, CelObject, CelOptional, type CelValue, noSuchOverload, optionalNone } from '../values.ts'

const formatType = struct('kubernetes.NamedFormat')

type Validate = (text: string) => readonly string[]

/** A format; `maxRegexSize` is what its check is charged for. */
class FormatValue extends CelObject {
  readonly type = formatType
  readonly name: string
  readonly validate: Validate
  readonly maxRegexSize: number

  constructor(name: string, validate: Validate, maxRegexSize: number) {
    super()
    this.name = name
    this.validate = validate
    this.maxRegexSize = maxRegexSize
  }

  equals(other: CelValue): boolean | CelError {
    return other instanceof FormatValue ? other.name === this.name : noSuchOverload
  }

  text(): string {
    return this.name
  }
}

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain = `${label}(\\.${label})*`
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const labelKey = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`)
const patterns = {
  label: whole(label),
  subdomain: whole(subdomain),
  label1035: whole(label1035),
  labelKey: whole(labelKey),
}

const bytes = (text: string): number => utf8(text).length

function wrongFormat(message: string, pattern: string, ...examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ')
  return `${message} (e.g. ${shown}regex used for validation is '${pattern}')`
}

/** The limit is in bytes whatever the message says; the checks of label keys and values call them so. */
const tooLong = (text: string, limit: number, unit: 'bytes' | 'characters'): readonly string[] =>
  bytes(text) > limit ? [`must be no more than ${limit} ${unit}`] : []

const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
const labelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
const label1035Message =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
const labelKeyMessage =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const labelValueMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"

/** Faults of a DNS subdomain (RFC 1123). */
export function subdomainFaults(text: string, unit: 'bytes' | 'characters' = 'characters'): readonly string[] {
  const faults = tooLong(text, 253, unit)
  return patterns.subdomain.test(text) ? faults : [...faults, wrongFormat(subdomainMessage, subdomain, 'example.com')]
}

/** Faults of a DNS label (RFC 1123). */
export function labelFaults(text: string): readonly string[] {
  const faults = tooLong(text, 63, 'characters')
  if (patterns.label.test(text)) return faults
  if (patterns.subdomain.test(text)) return [...faults, 'must not contain dots']
  return [...faults, wrongFormat(labelMessage, label, 'my-name', '123-abc')]
}

function label1035Faults(text: string): readonly string[] {
  const faults = tooLong(text, 63, 'characters')
  return patterns.label1035.test(text)
    ? faults
    : [...faults, wrongFormat(label1035Message, label1035, 'my-name', 'abc-123')]
}

function qualifiedNameFaults(text: string): readonly string[] {
  const parts = text.split('/')
  const wrong = wrongFormat(labelKeyMessage, labelKey, 'MyName', 'my.name', '123-abc')
  if (parts.length > 2) {
    return [`a valid label key ${wrong} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const name = parts.at(-1) ?? ''
  const [prefix] = parts.length === 2 ? parts : [undefined]
  const faults: string[] = []
  if (prefix === '') faults.push('prefix part must be non-empty')
  else if (prefix !== undefined) faults.push(...subdomainFaults(prefix, 'bytes').map((fault) => `prefix part ${fault}`))
  if (name === '') faults.push('name part must be non-empty')
  else faults.push(...tooLong(name, 63, 'bytes').map((fault) => `name part ${fault}`))
  return patterns.labelKey.test(name) ? faults : [...faults, `name part ${wrong}`]
}

function labelValueFaults(text: string): readonly string[] {
  const faults = tooLong(text, 63, 'bytes')
  if (text === '' || patterns.labelKey.test(text)) return faults
  return [...faults, wrongFormat(labelValueMessage, `(${labelKey})?`, 'MyValue', 'my_value', '12345')]
}

function uriFaults(text: string): readonly string[] {
  const parsed = parseRequestUri(text)
  return parsed.kind === 'error' ? [parsed.message] : []
}

const matching =
  (pattern: RegExp, fault: string): Validate =>
  (text) =>
    pattern.test(text) ? [] : [fault]

function isDate(text: string): boolean {
  const match = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  return days !== undefined && day >= 1 && day <= days
}

function isDateTime(text: string): boolean {
  const [date = '', time] = text.toLowerCase().split('t')
  const match = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$/.exec(time ?? '')
  return (
    isDate(date) && match !== null && (match[1] ?? '') <= '23' && (match[2] ?? '') <= '59' && (match[3] ?? '') <= '59'
  )
}

/** A name that is only a prefix may end in a dash. */
const prefixOf =
  (validate: Validate): Validate =>
  (text) =>
    validate(text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text)

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

const dateTimePatternLength = 71

const formats: Readonly<Record<string, FormatValue>> = {
  dns1123Label: new FormatValue('DNS1123Label', labelFaults, 30),
  dns1123Subdomain: new FormatValue('DNS1123Subdomain', subdomainFaults, 60),
  dns1035Label: new FormatValue('DNS1035Label', label1035Faults, 30),
  qualifiedName: new FormatValue('QualifiedName', qualifiedNameFaults, 60),
  dns1123LabelPrefix: new FormatValue('DNS1123LabelPrefix', prefixOf(labelFaults), 30),
  dns1123SubdomainPrefix: new FormatValue('DNS1123SubdomainPrefix', prefixOf(subdomainFaults), 60),
  dns1035LabelPrefix: new FormatValue('DNS1035LabelPrefix', prefixOf(label1035Faults), 30),
  labelValue: new FormatValue('LabelValue', labelValueFaults, 40),
  uri: new FormatValue('URI', uriFaults, 1103),
  uuid: new FormatValue('uuid', matching(uuid, 'does not match the UUID format'), 70),
  byte: new FormatValue('byte', matching(base64, 'invalid base64'), 84),
  date: new FormatValue('date', (text) => (isDate(text) ? [] : ['invalid date']), dateTimePatternLength),
  datetime: new FormatValue(
    'datetime',
    (text) => (isDateTime(text) ? [] : ['invalid datetime']),
    dateTimePatternLength,
  ),
}

function validate(format: CelValue = null, text: CelValue = null): CelValue {
  if (!(format instanceof FormatValue) || typeof text !== 'string') return noSuchOverload
  const faults = format.validate(text)
  return faults.length === 0 ? optionalNone : new CelOptional(faults)
}

function named(name: CelValue = null): CelValue {
  if (typeof name !== 'string') return noSuchOverload
  return new CelOptional(Object.hasOwn(formats, name) ? formats[name] : undefined)
}

export const formatFunctions: readonly FunctionDeclaration[] = [
  fn('validate', memberBinary('format-validate', [formatType, stringType], optionalOf(listOf(stringType)), validate)),
  fn('format.named', unary('format-named', [stringType], optionalOf(formatType), named)),
  ...Object.entries(formats).map(([name, format]) =>
    fn(
      `format.${name}`,
      each(`format.${name}`, [], formatType, () => format),
    ),
  ),
]
