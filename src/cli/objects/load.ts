import { BulwarkError } from '../../model/error.ts'
import { asString, isObject, type JsonObject } from '../../model/json.ts'
import { splitApiVersion } from '../../model/object.ts'
import { readManifests } from '../../sources/manifests/index.ts'
import { type Client, clientFor, type ServerChoice } from '../client.ts'
import { momentOf } from '../moment.ts'
import { builtInKinds, type KnownKind } from './built-in-kinds.ts'
import { type RecordedKind, recordedBodies, recordedKinds, recordedRows, textIn } from './recorded.ts'

/** A place in a file. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** An object and, where it came out of a file, the places of its fields. */
export interface LoadedObject {
  readonly object: JsonObject
  /** With `within`, of that character of the field's text. */
  place(path: string, within?: number): Place | undefined
}

/** The name of an object, and its kind. */
export interface ObjectName {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** The objects that a question is answered from: those of files, or those of a server's record. */
export interface World {
  /** What was read, for a person: `2 files`, `the record of http://…`. */
  readonly origin: string
  readonly fromFiles: boolean
  /** Those of every API server, and those that the objects define or the server knows. */
  readonly kinds: readonly KnownKind[]
  /** What could not be read: the answer is not whole. */
  readonly problems: readonly string[]
  /** What was assumed, without harm to the answer. */
  readonly notes: readonly string[]
  /** Every object of the files, in order; empty for a record, which is asked by kind. */
  readonly loaded: readonly LoadedObject[]
  /** All objects of the kinds, whole. Throws BulwarkError NOT_FOUND when one of them is not seen. */
  objectsOf(kinds: readonly KindName[]): Promise<readonly LoadedObject[]>
  /** The names of all objects of a kind; empty where it is not seen. */
  namesOf(kind: KindName): Promise<readonly ObjectName[]>
}

export interface KindName {
  readonly group: string
  readonly kind: string
}

/** How a person says what to read: files, or a server and a moment. */
export interface WorldChoice extends ServerChoice {
  readonly file: readonly string[]
  readonly at?: string
}

/** What loading needs of the process around it. */
export interface WorldProcess {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Files where any are named, else the server. Throws BulwarkError when the choice makes no sense or no server answers. */
export const loadWorld = async (choice: WorldChoice, around: WorldProcess): Promise<World> => {
  if (choice.file.length === 0) {
    const at = choice.at === undefined ? undefined : momentOf('at', choice.at, Date.now())
    return recordedWorld(clientFor(choice, around.env), at)
  }
  if (choice.at !== undefined || choice.server !== undefined) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: 'files have no past and need no server',
      where: choice.at === undefined ? '--server' : '--at',
      mend: 'Leave it out, or leave out --file',
    })
  }
  return manifestWorld(choice.file, around.stdin)
}

/**
 * The objects of manifests. As with kubectl, one without a namespace is in `default`, and of two with the same name the
 * later one counts; both are said.
 */
export const manifestWorld = async (paths: readonly string[], stdin: AsyncIterable<Uint8Array>): Promise<World> => {
  const found = new Map<string, LoadedObject>()
  const problems: string[] = []
  const notes: string[] = []
  let files = 0
  let withoutNamespace = 0
  const items = readManifests(paths, stdin, () => {
    files += 1
  })
  for await (const item of items) {
    if (item.kind === 'problem') {
      const text = `${placeText(item.position && { file: item.file, ...item.position }) || item.file}: ${item.message}`
      if (item.level === 'error') problems.push(item.mend === '' ? text : `${text}. ${item.mend}`)
      continue
    }
    if (item.variant > 0) continue
    const place = (path: string, within?: number): Place => ({ file: item.file, ...item.locate(path, within) })
    const named = inDefaultNamespace(item.object)
    if (named !== item.object) withoutNamespace += 1
    const name = nameOf(named)
    // Objects without a name (generateName) are each one of its own.
    const key = JSON.stringify(name.name === '' ? found.size : Object.values(name))
    if (found.has(key)) {
      notes.push(`${placeText(place('metadata.name'))}: ${titleOf(named)} is there twice; this one counts`)
      found.delete(key)
    }
    found.set(key, { object: named, place })
  }
  if (withoutNamespace > 0) {
    const what = withoutNamespace === 1 ? 'one object names' : `${withoutNamespace} objects name`
    notes.push(`${what} no namespace: taken to be in "default"`)
  }
  const objects = [...found.values()]
  const ofKind = (kind: KindName) => objects.filter(({ object }) => sameKind(nameOf(object), kind))
  return {
    origin: files === 1 ? 'one file' : `${files} files`,
    fromFiles: true,
    kinds: [...objects.flatMap(({ object }) => definedKind(object) ?? []), ...builtInKinds],
    problems,
    notes,
    loaded: objects,
    objectsOf: (kinds) => Promise.resolve(kinds.flatMap(ofKind)),
    namesOf: (kind) => Promise.resolve(ofKind(kind).map(({ object }) => nameOf(object))),
  }
}

/** The kind that a CustomResourceDefinition defines; undefined for other objects. */
const definedKind = (object: JsonObject): KnownKind | undefined => {
  if (object.kind !== 'CustomResourceDefinition' || !isObject(object.spec) || !isObject(object.spec.names))
    return undefined
  const { group, scope, names } = object.spec
  const { kind, plural } = names
  if (typeof group !== 'string' || typeof kind !== 'string' || typeof plural !== 'string') return undefined
  return { group, kind, resource: plural, namespaced: scope !== 'Cluster', shortNames: [] }
}

/** The objects of a server's record as of a moment (undefined: now). */
export const recordedWorld = async (client: Client, at: string | undefined): Promise<World> => {
  // Only the live state tells what is not seen; a kind that is missing there is not offered by the cluster.
  const kinds = await recordedKinds(client, undefined)
  const seen = ({ group, kind }: KindName): RecordedKind | undefined =>
    kinds.find((one) => one.group === group && one.kind === kind)
  return {
    origin: `the record of ${client.url}${at === undefined ? '' : ` as of ${at}`}`,
    fromFiles: false,
    kinds: [...kinds.map(knownKind), ...builtInKinds],
    problems: [],
    notes: [],
    loaded: [],
    objectsOf: async (wanted) => {
      const found: LoadedObject[] = []
      for (const kind of wanted) {
        const row = seen(kind)
        if (row?.seen === false) throw notSeen(row)
        const bodies = await recordedBodies(client, kind, at)
        found.push(...bodies.map((object) => ({ object: withType(object, kind), place: () => undefined })))
      }
      return found
    },
    namesOf: async (kind) =>
      seen(kind)?.seen === false
        ? []
        : (await recordedRows(client, kind, at)).map((row) => {
            const ref = isObject(row.ref) ? row.ref : {}
            return { ...kind, namespace: textIn(ref, 'namespace'), name: textIn(ref, 'name') }
          }),
  }
}

const notSeen = ({ resource, why }: RecordedKind): BulwarkError =>
  new BulwarkError('NOT_FOUND', {
    what: `${resource} are not seen: ${why}`,
    mend: 'Let Bulwark read them (`bulwark state` lists what is seen), or answer from files with --file',
  })

const knownKind = ({ group, resource, kind, namespaced }: RecordedKind): KnownKind => ({
  group,
  resource,
  kind,
  namespaced,
  shortNames: [],
})

/** Bodies keep what the API server sent; should the type be missing, the kind that was asked for is known. */
const withType = (object: JsonObject, { group, kind }: KindName): JsonObject =>
  typeof object.kind === 'string' ? object : { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind, ...object }

const inDefaultNamespace = (object: JsonObject): JsonObject => {
  const { group, kind, namespace } = nameOf(object)
  const known = builtInKinds.find((one) => one.group === group && one.kind === kind)
  if (namespace !== '' || known?.namespaced !== true) return object
  const metadata = isObject(object.metadata) ? object.metadata : {}
  return { ...object, metadata: { ...metadata, namespace: 'default' } }
}

/** The kind and name of an object; empty where they are missing or no texts. */
export const nameOf = (object: JsonObject): ObjectName => {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  return {
    group: splitApiVersion(asString(object.apiVersion) ?? '').group,
    kind: asString(object.kind) ?? '',
    namespace: asString(metadata.namespace) ?? '',
    name: asString(metadata.name) ?? '',
  }
}

const sameKind = (a: KindName, b: KindName): boolean => a.group === b.group && a.kind === b.kind

const titleOf = (object: JsonObject): string => {
  const { kind, namespace, name } = nameOf(object)
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
}

/** `rbac.yaml:12:3`; empty where there is none. */
export const placeText = (place: Place | undefined): string =>
  place === undefined ? '' : `${place.file}:${place.line}:${place.column}`
