/**
 * JSON Patch with the behaviour of gopkg.in/evanphx/json-patch.v4, which the API server uses: `replace` makes a missing
 * key, negative indexes count from the end, and a missing `value` is null.
 */
import { isObject, type JsonValue } from '../../model/json.ts'

export interface PatchOperation {
  readonly op: string
  readonly path: string
  readonly from: string
  /** Undefined where the operation has no value. */
  readonly value: JsonValue | undefined
}

export type PatchResult =
  | { readonly kind: 'patched'; readonly value: JsonValue }
  | { readonly kind: 'test failed' }
  | { readonly kind: 'error'; readonly message: string }

type Container = Map<string, Node> | Node[]
type Node = Container | string | number | boolean | null

class PatchFault extends Error {}
class TestFailed extends Error {}

/** A patch that copies itself again and again doubles each time; more values than this are refused. */
const maxValues = 500_000

/** Applies operations in order to a copy of the document. */
export function applyJsonPatch(document: JsonValue, operations: readonly PatchOperation[]): PatchResult {
  try {
    const patcher = new Patcher(toNode(document))
    for (const operation of operations) patcher.apply(operation)
    return { kind: 'patched', value: fromNode(patcher.root) }
  } catch (error) {
    if (error instanceof TestFailed) return { kind: 'test failed' }
    if (error instanceof RangeError) return { kind: 'error', message: 'JSON Patch: document nested too deeply' }
    if (error instanceof PatchFault) return { kind: 'error', message: `JSON Patch: ${error.message}` }
    throw error
  }
}

class Patcher {
  root: Node
  #copied = 0

  constructor(root: Node) {
    this.root = root
  }

  apply({ op, path, from, value }: PatchOperation): void {
    switch (op) {
      case 'add':
        add(this.#parent(op, path), path, toNode(value ?? null), 'add')
        break
      case 'remove':
        remove(this.#parent(op, path), path, 'remove', path)
        break
      case 'replace':
        this.#replace(path, toNode(value ?? null))
        break
      case 'move':
        this.#move(from, path)
        break
      case 'copy':
        this.#copy(from, path)
        break
      case 'test':
        this.#test(path, value)
        break
      default:
        throw new PatchFault(`Unexpected kind: ${op}`)
    }
  }

  #replace(path: string, value: Node): void {
    if (path === '') {
      if (!isContainer(value)) throw new PatchFault('replace operation value must be object or array')
      this.root = value
      return
    }
    const parent = this.#parent('replace', path)
    const key = lastKey(path)
    if (Array.isArray(parent)) parent[indexIn(parent, key, parent.length)] = value
    else parent.set(key, value)
  }

  #move(from: string, path: string): void {
    const source = this.#parent('move', from)
    const value = get(source, lastKey(from)) ?? null
    remove(source, from, 'move', lastKey(from))
    add(this.#parent('move', path), path, value, 'move')
  }

  #copy(from: string, path: string): void {
    const value = get(this.#parent('copy', from), lastKey(from)) ?? null
    this.#copied += countValues(value)
    if (this.#copied > maxValues) throw new PatchFault(`copies make more than ${maxValues} values`)
    add(this.#parent('copy', path), path, toNode(fromNode(value)), 'copy')
  }

  #test(path: string, value: JsonValue | undefined): void {
    const found = path === '' ? this.root : get(this.#parent('test', path), lastKey(path))
    // Upstream cannot tell null from absent in the document, but can in the patch: a test for null never holds.
    const absent = found === undefined || found === null
    const same = absent ? value === undefined : value !== undefined && equals(found, toNode(value))
    if (!same) throw new TestFailed()
  }

  /** The object or list that holds the last part of the path. */
  #parent(op: string, path: string): Container {
    const parts = path.split('/')
    let node: Node | undefined = parts.length < 2 ? undefined : this.root
    for (const part of parts.slice(1, -1)) node = isContainer(node) ? childOf(node, unescapeKey(part)) : undefined
    if (isContainer(node)) return node
    throw new PatchFault(`${op} operation does not apply: doc is missing path: "${path}": missing value`)
  }
}

const unescapeKey = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~')
const lastKey = (path: string): string => unescapeKey(path.slice(path.lastIndexOf('/') + 1))
const isContainer = (node: Node | undefined): node is Container => Array.isArray(node) || node instanceof Map

/** A child on the way to another; a bad index is a missing path. */
function childOf(parent: Container, key: string): Node | undefined {
  if (!Array.isArray(parent)) return parent.get(key)
  return /^[+-]?[0-9]{1,9}$/.test(key) ? parent.at(Number(key)) : undefined
}

function get(parent: Container, key: string): Node | undefined {
  return Array.isArray(parent) ? parent[indexIn(parent, key, parent.length)] : parent.get(key)
}

/** The position of an index in a list that has room for `room` positions. */
function indexIn(list: readonly Node[], key: string, room: number): number {
  if (!/^[+-]?[0-9]{1,15}$/.test(key)) throw new PatchFault(`value was not a proper array index: '${key}'`)
  const index = Number(key) < 0 ? Number(key) + room : Number(key)
  if (index < 0 || index >= room || index > list.length)
    throw new PatchFault(`Unable to access invalid index: ${key}: invalid index referenced`)
  return index
}

function add(parent: Container, path: string, value: Node, op: string): void {
  const key = lastKey(path)
  if (!Array.isArray(parent)) {
    parent.set(key, value)
    return
  }
  if (key === '-') {
    parent.push(value)
    return
  }
  if (parent.length > maxValues) throw new PatchFault(`error in ${op} for path: '${path}': list too long`)
  parent.splice(indexIn(parent, key, parent.length + 1), 0, value)
}

function remove(parent: Container, path: string, op: string, shown: string): void {
  const key = lastKey(path)
  if (Array.isArray(parent)) parent.splice(indexIn(parent, key, parent.length), 1)
  else if (!parent.delete(key)) {
    throw new PatchFault(`error in ${op} for path: '${shown}': Unable to remove nonexistent key: ${key}: missing value`)
  }
}

function toNode(value: JsonValue): Node {
  if (Array.isArray(value)) return value.map((item: JsonValue) => toNode(item))
  if (!isObject(value)) return value as string | number | boolean | null
  return new Map(Object.entries(value).map(([key, item]) => [key, toNode(item ?? null)]))
}

function fromNode(node: Node): JsonValue {
  if (Array.isArray(node)) return node.map(fromNode)
  return node instanceof Map ? Object.fromEntries([...node].map(([key, item]) => [key, fromNode(item)])) : node
}

function countValues(node: Node): number {
  if (!isContainer(node)) return 1
  let count = 1
  for (const child of node.values()) count += countValues(child)
  return count
}

function equals(a: Node, b: Node): boolean {
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equals(item, b[i] ?? null))
  if (!(a instanceof Map)) return a === b
  return (
    b instanceof Map &&
    a.size === b.size &&
    [...a].every(([key, item]) => b.has(key) && equals(item, b.get(key) ?? null))
  )
}
