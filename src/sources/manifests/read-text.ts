import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { type Composition, compose, type Pick } from './compose.ts'
import { Lines } from './lines.ts'
import { Locator } from './locate.ts'
import type { ManifestItem, ManifestProblem } from './manifest.ts'
import { parseYaml } from './parse-yaml.ts'
import { type DocumentText, splitDocuments } from './split-documents.ts'

/** Of a key that stands more often than this, only so many values are looked at, and that is said. */
const maxVariants = 8

/**
 * Everything that the text of a manifest holds, in order: YAML or JSON, one or many documents, Lists taken apart. A
 * document that cannot be read is a problem and leaves the others whole. Of a key that stands twice every value is given:
 * kubectl takes the last one, and other programs other ones, so the object comes once for each.
 */
export function* readText(file: string, text: string): Generator<ManifestItem> {
  const lines = new Lines(text)
  let found = false
  for (const document of splitDocuments(text)) {
    for (const item of readDocument(file, document, lines)) {
      found = true
      yield item
    }
  }
  if (!found) {
    const what = text.trim() === '' ? 'the file is empty' : 'the file holds nothing but comments and empty documents'
    yield { kind: 'problem', level: 'error', file, position: undefined, message: what, mend: '' }
  }
}

function* readDocument(file: string, document: DocumentText, lines: Lines): Generator<ManifestItem> {
  const { text, offset } = document
  const problem = (at: number, level: 'error' | 'note', message: string, mend: string): ManifestProblem => ({
    kind: 'problem',
    level,
    file,
    position: lines.positionOf(offset + at),
    message,
    mend,
  })
  const parsed = parseYaml(text)
  if ('message' in parsed) {
    yield problem(parsed.offset, 'error', `the document cannot be read: ${parsed.message}`, mendOf(text))
    return
  }
  const { source, events } = parsed
  const original = (at: number): number => parsed.originalOffset(at)
  const variants = new Map<Pick, readonly Composition[]>()
  let wanted = 1
  for (let index = 0; index < wanted; index += 1) {
    const pick = index === 0 ? 'last' : index - 1
    const composed = compose(source, events, pick)
    if ('offset' in composed) {
      yield problem(
        original(composed.offset),
        'error',
        `the document cannot be read: ${composed.message}`,
        mendOf(text),
      )
      return
    }
    variants.set(pick, composed)
    if (index > 0) continue
    const duplicates = composed.flatMap((one) => one.duplicates)
    for (const { key, offset: at, count } of duplicates) {
      const times = count === 2 ? 'twice' : `${count} times`
      yield problem(
        original(at),
        'error',
        `the key "${shorten(key)}" stands ${times} in one mapping`,
        count > maxVariants
          ? `Keep one. kubectl takes the last; only the first ${maxVariants - 1} and the last were checked.`
          : 'Keep one. kubectl takes the last; all of them were checked.',
      )
    }
    // With two values each `last` and the first are all there is; with three the second too, and so on.
    const most = duplicates.reduce((count, one) => Math.max(count, one.count), 1)
    wanted = Math.min(most, maxVariants)
  }
  for (const [variant, [pick, compositions]] of [...variants].entries()) {
    for (const composition of compositions) {
      const locator = new Locator(source, events, composition, pick)
      const at = (root: JsonValue, path: string, within?: number) => {
        const found = within === undefined ? locator.offsetOf(root, path) : locator.offsetIn(root, path, within)
        return lines.positionOf(offset + original(found))
      }
      for (const part of partsOf(composition.value)) {
        if (part.kind === 'object') {
          const locateIn = (path: string, within?: number) => at(part.origin, path, within)
          yield { kind: 'object', file, object: part.object, variant, variants: variants.size, locate: locateIn }
        } else if (variant === 0) {
          const position = at(composition.value, part.path)
          yield { kind: 'problem', level: part.level, file, position, message: part.message, mend: part.mend }
        }
      }
    }
  }
}

const mendOf = (text: string): string =>
  text.includes('{{') ? 'It looks like a template: render it first, e.g. helm template CHART | bulwark scan -' : ''

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)

type Part =
  /** `origin` is the value in the document that `object` was made from: the same, but for items that lack their kind. */
  | { readonly kind: 'object'; readonly object: JsonObject; readonly origin: JsonObject }
  | {
      readonly kind: 'problem'
      readonly level: 'error' | 'note'
      readonly path: string
      readonly message: string
      readonly mend: string
    }

/** The objects in a document's value. An empty document has none; a List and a plain list of objects have many. */
function* partsOf(value: JsonValue, path = ''): Generator<Part> {
  if (value === null) return
  if (Array.isArray(value)) {
    if (!value.some((item) => typeof item === 'object' && item !== null)) {
      const message = 'not a Kubernetes object (a list without any object)'
      yield { kind: 'problem', level: 'note', path, message, mend: '' }
      return
    }
    for (const [index, item] of value.entries()) yield* partsOf(item, `${path}[${index}]`)
    return
  }
  if (!isObject(value)) {
    yield error(path, 'the document is a single value, not an object')
    return
  }
  const { apiVersion, kind, items } = value
  if (apiVersion === undefined && kind === undefined) {
    const message = 'not a Kubernetes object (it has neither apiVersion nor kind)'
    yield { kind: 'problem', level: 'note', path, message, mend: '' }
    return
  }
  for (const [field, text] of Object.entries({ apiVersion, kind })) {
    if (typeof text === 'string' && text !== '') continue
    yield error(path === '' ? field : `${path}.${field}`, `the object has no ${field} that is a text`)
  }
  const isList = kind === 'List' || (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items))
  if (!isList) {
    yield { kind: 'object', object: value, origin: value }
    return
  }
  if (items === undefined || items === null) return
  if (!Array.isArray(items)) {
    yield error(path === '' ? 'items' : `${path}.items`, 'the items of the List are not a list')
    return
  }
  for (const [index, item] of items.entries()) {
    yield* partsOfItem(item, value, `${path === '' ? '' : `${path}.`}items[${index}]`)
  }
}

/** In a typed list as the API gives it (PodList) items may lack their apiVersion and kind, which the list's tell. */
function* partsOfItem(item: JsonValue, list: JsonObject, path: string): Generator<Part> {
  const kind = typeof list.kind === 'string' ? list.kind.slice(0, -'List'.length) : ''
  if (kind === '' || !isObject(item) || item.kind !== undefined) yield* partsOf(item, path)
  else yield { kind: 'object', object: { ...item, apiVersion: list.apiVersion, kind }, origin: item }
}

const error = (path: string, message: string): Part => ({ kind: 'problem', level: 'error', path, message, mend: '' })
