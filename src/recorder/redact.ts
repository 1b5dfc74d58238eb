/**
 * Takes secret values out of records before anything keeps or shows them: what a Secret or a token request carries is
 * masked by its place, everything else by the name it stands under (`DB_PASSWORD`) or by its form (JWT, private key,
 * password in a URL). Names, keys and shapes stay. A masked value is a keyed hash, so that two equal values can be told
 * to be equal, and nobody without the key of this data directory can try guesses.
 *
 * Certificate signing requests are left alone: requests and certificates are public.
 */
import { createHmac } from 'node:crypto'
import { asString, isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import type { AuditRecord, BulwarkRecord, RuntimeProcess, RuntimeRecord } from '../model/record.ts'
import { type Mask, redactConfiguration, redactText } from './redact-text.ts'

/** The record without secret values; the very same record when it has none. Pure. */
export type Redactor = (record: BulwarkRecord) => BulwarkRecord

/** A redactor that hashes with `key`. */
export const createRedactor = (key: Uint8Array): Redactor => {
  const walker = new Walker(
    (value) => `[redacted sha256:${createHmac('sha256', key).update(value).digest('hex').slice(0, 8)}]`,
  )
  return (record) => {
    switch (record.kind) {
      case 'audit':
        return redactAudit(record, walker)
      case 'runtime':
        return redactRuntime(record, walker, key)
      case 'object': {
        const body = record.ref.resource === 'secrets' ? walker.secret(record.body) : walker.value(record.body, '')
        return body === record.body || !isObject(body) ? record : { ...record, body: body as typeof record.body }
      }
      case 'gap':
        return record
      default:
        return record satisfies never
    }
  }
}

const redactAudit = (record: AuditRecord, walker: Walker): AuditRecord => {
  const { event } = record
  const changed: { [key: string]: JsonValue } = {}
  const isSecret = record.target?.resource === 'secrets'
  for (const key of ['requestObject', 'responseObject']) {
    const body = event[key]
    if (body === undefined || body === null) continue
    const clean = isSecret ? walker.secret(body) : walker.value(body, '')
    if (clean !== body) changed[key] = clean
  }
  for (const key of ['responseStatus', 'annotations', 'user', 'impersonatedUser', 'userAgent']) {
    const part = event[key]
    if (part === undefined || part === null) continue
    const clean = walker.value(part, '')
    if (clean !== part) changed[key] = clean
  }
  const requestUri = walker.uri(record.requestUri)
  if (requestUri !== record.requestUri) changed.requestURI = requestUri
  if (Object.keys(changed).length === 0) return record
  return {
    ...record,
    requestUri,
    userAgent: asString(changed.userAgent) ?? record.userAgent,
    reason: walker.text(record.reason),
    event: { ...event, ...changed },
  }
}

/**
 * Command lines and files carry secrets too. The id of what was redacted is made anew with the key: as a plain hash of
 * the event it would let anybody try guesses of what was taken out.
 */
const redactRuntime = (record: RuntimeRecord, walker: Walker, key: Uint8Array): RuntimeRecord => {
  const event = walker.value(record.event, '')
  const message = walker.text(record.message)
  const process = record.process && redactProcess(record.process, walker)
  if (event === record.event && message === record.message && process === record.process) return record
  const eventId = createHmac('sha256', key).update(record.eventId).digest('hex').slice(0, 32)
  return { ...record, eventId, message, process, event: isObject(event) ? event : {} }
}

const redactProcess = (process: RuntimeProcess, walker: Walker): RuntimeProcess => {
  const clean = walker.text(process.arguments)
  return clean === process.arguments ? process : { ...process, arguments: clean }
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Deeper than any parser lets through; kept so that the walk is bounded whoever calls it. */
const maxDepth = 100

/** Walks JSON and copies only what changes. */
class Walker {
  readonly #mask: Mask

  constructor(mask: Mask) {
    // What is masked once stays as it is, so that redacting twice changes nothing.
    this.#mask = (value) => (value === '' || masked.test(value) ? value : mask(value))
  }

  text(text: string): string {
    return redactText(text, this.#mask)
  }

  /** Any value of an object that is not known to be a Secret, under the key it stands at. */
  value(value: JsonValue, key: string, depth = 0): JsonValue {
    if (typeof value === 'string') return isSecretKey(key) ? this.#mask(value) : this.text(value)
    if (typeof value !== 'object' || value === null) return value
    if (depth > maxDepth) return this.#mask(JSON.stringify(value))
    if (isObject(value)) return this.#object(value, depth)
    return this.#array(value, depth)
  }

  /** A Secret, a list of them, a patch of one, or whatever else a request on secrets carries. */
  secret(value: JsonValue, depth = 0): JsonValue {
    if (depth > maxDepth) return this.#mask(JSON.stringify(value))
    if (!isObject(value)) {
      if (typeof value !== 'object' || value === null) return value
      return mapArray(value, (item) => (isObject(item) ? this.#secretPatch(item, depth + 1) : this.everything(item)))
    }
    const kind = value.kind
    if (kind === 'Status' || kind === 'PartialObjectMetadata' || kind === 'Table') return this.#object(value, depth)
    return mapObject(value, (item, key) => {
      if (key === 'items')
        return Array.isArray(item) ? mapArray(item, (one) => this.secret(one, depth + 1)) : this.everything(item)
      if (key === 'metadata') return this.#metadata(item, true, depth + 1)
      if (key === 'apiVersion' || key === 'kind' || key === 'type' || key === 'immutable') return item
      return this.everything(item)
    })
  }

  /** Every text and number below here, keys and shape kept. */
  everything(value: JsonValue, depth = 0): JsonValue {
    if (typeof value === 'string') return this.#mask(value)
    if (typeof value === 'number') return this.#mask(String(value))
    if (typeof value !== 'object' || value === null) return value
    if (depth > maxDepth) return this.#mask(JSON.stringify(value))
    return isObject(value)
      ? mapObject(value, (item) => this.everything(item, depth + 1))
      : mapArray(value, (item) => this.everything(item, depth + 1))
  }

  /** A request URI: values of the query are looked at decoded, as `?token=…` or as arguments of `exec`. */
  uri(uri: string): string {
    const question = uri.indexOf('?')
    if (question < 0) return this.text(uri)
    let previous = ''
    const query = uri
      .slice(question + 1)
      .split('&')
      .map((pair) => {
        const equals = pair.indexOf('=')
        if (equals < 0) return this.text(pair)
        const name = pair.slice(0, equals)
        const value = decode(pair.slice(equals + 1))
        const clean = isSecretKey(name) || secretFlag.test(previous) ? this.#mask(value) : this.text(value)
        previous = value
        return clean === value ? pair : `${name}=${encodeURIComponent(clean)}`
      })
      .join('&')
    const path = this.text(uri.slice(0, question))
    return path + (query === uri.slice(question + 1) ? uri.slice(question) : `?${query}`)
  }

  #object(value: JsonObject, depth: number): JsonObject {
    const kind = value.kind
    if (kind === 'Secret' && value.apiVersion === 'v1') {
      const clean = this.secret(value, depth)
      return isObject(clean) ? clean : value
    }
    const isConfigMap = kind === 'ConfigMap' && value.apiVersion === 'v1'
    // Tetragon's variables of an environment have `Key` and `Value` where Kubernetes has `name` and `value`.
    const named = asString(value.name) ?? asString(value.Key)
    const patched = asString(value.op) === undefined ? undefined : asString(value.path)
    return mapObject(value, (item, key) => {
      switch (key) {
        case 'managedFields': // Names of fields only.
          return item
        case 'metadata':
          return this.#metadata(item, false, depth + 1)
        case 'data':
        case 'binaryData':
          return isConfigMap ? this.#configuration(item, depth + 1) : this.value(item, key, depth + 1)
        case 'value':
        case 'Value':
          if (named !== undefined && typeof item === 'string' && isSecretName(named) && !isVariable(item))
            return this.#mask(item)
          if (patched !== undefined) return this.#patchValue(item, patched, depth + 1)
          return this.value(item, key, depth + 1)
        default:
          return this.value(item, key, depth + 1)
      }
    })
  }

  /** Values of a JSON patch stand under the last step of its path; those of an env entry have lost their name. */
  #patchValue(item: JsonValue, path: string, depth: number): JsonValue {
    const steps = path.split('/')
    if (typeof item === 'string' && steps.at(-1) === 'value' && steps.at(-3) === 'env') return this.#mask(item)
    const step = steps.at(-1)?.replaceAll('~1', '/').replaceAll('~0', '~') ?? ''
    if (step === lastApplied && typeof item === 'string') return this.#applied(item)
    return this.value(item, step, depth)
  }

  #secretPatch(operation: JsonObject, depth: number): JsonObject {
    const path = asString(operation.path) ?? ''
    const harmless = /^\/metadata\/(?:labels|finalizers|ownerReferences)(?:\/|$)/.test(path)
    return mapObject(operation, (item, key) => {
      if (key === 'op' || key === 'path' || key === 'from') return item
      return harmless ? this.value(item, key, depth + 1) : this.everything(item)
    })
  }

  #metadata(metadata: JsonValue, ofSecret: boolean, depth: number): JsonValue {
    if (!isObject(metadata)) return this.value(metadata, 'metadata', depth)
    return mapObject(metadata, (item, key) => {
      if (key === 'managedFields') return item
      if (key !== 'annotations' || !isObject(item)) return this.value(item, key, depth + 1)
      return mapObject(item, (annotation, name) => {
        if (name !== lastApplied || typeof annotation !== 'string') return this.value(annotation, name, depth + 2)
        return ofSecret ? this.#mask(annotation) : this.#applied(annotation)
      })
    })
  }

  /** The whole object once more, as text. */
  #applied(text: string): string {
    try {
      const parsed: JsonValue = JSON.parse(text)
      const clean = this.value(parsed, '')
      return clean === parsed ? text : JSON.stringify(clean)
    } catch {
      return this.text(text)
    }
  }

  #configuration(data: JsonValue, depth: number): JsonValue {
    if (!isObject(data)) return this.value(data, 'data', depth)
    return mapObject(data, (item, key) => {
      if (typeof item !== 'string') return this.value(item, key, depth + 1)
      return isSecretName(key) && !item.includes('\n') ? this.#mask(item) : redactConfiguration(item, this.#mask)
    })
  }

  #array(items: readonly JsonValue[], depth: number): JsonValue {
    return mapArray(items, (item, index) => {
      const previous = index > 0 ? items[index - 1] : undefined
      const isArgument = typeof item === 'string' && typeof previous === 'string' && secretFlag.test(previous)
      return isArgument && !isVariable(item) ? this.#mask(item) : this.value(item, '', depth + 1)
    })
  }
}

/** Also what the source of a cluster puts in the place of a value that it never had. */
const masked = /^\[(?:removed|redacted sha256:[0-9a-f]{8})\]$/

/** `--password` before its value. */
const secretFlag = /^--?[\w-]{0,60}(?:password|passwd|passphrase|token|secret|api-?key|access-?key)$/i

const secretName =
  /pass(?:word|wd|phrase)|(?:^|[_.-])p(?:wd|ass)(?:$|[_.-])|token|secret|credential|(?:api|access|private|signing|encryption|master|auth|license|account|shared)[_.-]?key|[_.-]key$|^key$|connection[_.-]?string|[_.-]dsn$|authorization/i
const placeName =
  /(?:[_.-](?:file|path|dir|name|namespace|ref|url|uri|host|port|ttl|id|type|enabled|issuer|audience|expiry|algorithm)|public[_.-]?key)$/i

/** The name of a variable or of a key in a ConfigMap whose value is a secret. */
const isSecretName = (name: string): boolean => secretName.test(name) && !placeName.test(name)

/** `$(NAME)`: Kubernetes puts another variable in. */
const isVariable = (value: string): boolean => /^\$\([\w.-]+\)$/.test(value)

/** Fields whose text is a secret in any object, lower case and without `-`, `_` and `.`. */
const secretKeys: ReadonlySet<string> = new Set(
  'password passwd passphrase token clientsecret apikey secretkey secretaccesskey privatekey bearertoken accesstoken refreshtoken idtoken authtoken sessiontoken clientkeydata dockerconfigjson authorization connectionstring'.split(
    ' ',
  ),
)

const knownKeys = new Map<string, boolean>()
const mostKnownKeys = 10_000

const isSecretKey = (key: string): boolean => {
  const known = knownKeys.get(key)
  if (known !== undefined) return known
  const is = key.length < 64 && secretKeys.has(key.toLowerCase().replaceAll(/[-_.]/g, ''))
  if (knownKeys.size >= mostKnownKeys) knownKeys.clear()
  knownKeys.set(key, is)
  return is
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** The same object when nothing in it changed, else a copy. Keys are only data: `__proto__` does not get through. */
const mapObject = (object: JsonObject, change: (value: JsonValue, key: string) => JsonValue): JsonObject => {
  let copy: { [key: string]: JsonValue | undefined } | undefined
  for (const key in object) {
    const value = object[key]
    if (value === undefined) continue
    const clean = change(value, key)
    if (clean === value) continue
    copy ??= { ...object }
    if (key !== '__proto__') copy[key] = clean
  }
  return copy ?? object
}

const mapArray = (
  items: readonly JsonValue[],
  change: (value: JsonValue, index: number) => JsonValue,
): readonly JsonValue[] => {
  let copy: JsonValue[] | undefined
  for (let index = 0; index < items.length; index++) {
    const value = items[index]
    if (value === undefined) continue
    const clean = change(value, index)
    if (clean === value) continue
    copy ??= [...items]
    copy[index] = clean
  }
  return copy ?? items
}
