/**
 * Where the schemas of kinds come from when expressions are checked by them: Kubernetes' own kinds, CustomResourceDefinitions
 * and OpenAPI v3 documents. After Kubernetes v1.37.2 `apiserver/pkg/cel/openapi/resolver`.
 */
import { isObject, type JsonObject } from '../../model/json.ts'
import { kubernetesSchema } from './kubernetes-schema.ts'
import { objectAt, objectsAt, textAt } from './read.ts'
import type { GroupVersionKind } from './request.ts'
import { type FieldType, type Struct, structNamed } from './schema.ts'

/** The schema of one kind. `resolve` gives what its references name. */
export interface KindSchema {
  readonly kind: GroupVersionKind
  readonly schema: JsonObject
  readonly resolve?: (ref: string) => JsonObject | undefined
}

/** What checking types may ask of the API server: its kinds and their schemas. */
export interface SchemaWorld {
  /** The kinds that a resource of a rule stands for. An empty group stands for every group, as in the API server. */
  readonly kindsOf: (group: string, version: string, resource: string) => readonly GroupVersionKind[]
  /** Undefined for a kind without a schema: it is not checked. */
  readonly schemaOf: (kind: GroupVersionKind) => KindSchema | undefined
}

/** A resource with its kind, as discovery tells them. */
export interface ResourceKind {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly kind: string
}

/** A world of these resources and schemas; of two schemas of one kind the first counts. */
export function schemaWorld(resources: readonly ResourceKind[], schemas: readonly KindSchema[]): SchemaWorld {
  const byKind = new Map<string, KindSchema>()
  for (const one of schemas) if (!byKind.has(keyOf(one.kind))) byKind.set(keyOf(one.kind), one)
  return {
    kindsOf: (group, version, resource) => {
      const name = resource.toLowerCase()
      const found = resources.filter(
        (one) =>
          (group === '' || one.group === group) &&
          one.version === version &&
          (one.resource === name || one.kind.toLowerCase() === name),
      )
      return [
        ...new Map(
          found.map((one) => [keyOf(one), { group: one.group, version: one.version, kind: one.kind }]),
        ).values(),
      ]
    },
    schemaOf: (kind) => byKind.get(keyOf(kind)) ?? builtInSchema(kind),
  }
}

const keyOf = ({ group, version, kind }: GroupVersionKind): string => `${group}/${version}/${kind}`

/** Kubernetes' own kinds by group, version and kind. */
export const builtInKindNames = (): readonly GroupVersionKind[] =>
  Object.keys(kubernetesSchema.kinds).map((name) => {
    const [group = '', version = '', kind = ''] = name.split('/')
    return { group, version, kind }
  })

/** The schema of one of Kubernetes' own kinds. */
export function builtInSchema(kind: GroupVersionKind): KindSchema | undefined {
  const name = kubernetesSchema.kinds[keyOf(kind)]
  return name === undefined ? undefined : { kind, schema: { $ref: name }, resolve: builtInStruct }
}

const builtInStructs = new Map<string, JsonObject>()

function builtInStruct(name: string): JsonObject | undefined {
  if (!Object.hasOwn(kubernetesSchema.structs, name)) return undefined
  const known = builtInStructs.get(name)
  if (known !== undefined) return known
  const schema = structSchema(structNamed(name))
  builtInStructs.set(name, schema)
  return schema
}

const structSchema = ({ fields }: Struct): JsonObject => ({
  type: 'object',
  properties: Object.fromEntries([...fields.values()].map(({ name, type }) => [name, typeSchema(type)])),
})

/** A type of Go as `kube-openapi` describes it. A quantity is a text or a number: it has no type of its own. */
function typeSchema(type: FieldType): JsonObject {
  switch (type.kind) {
    case 'struct':
      return { $ref: type.name }
    case 'list':
      return { type: 'array', items: typeSchema(type.element) }
    case 'map':
      return { type: 'object', additionalProperties: typeSchema(type.element) }
    case 'scalar':
      return scalarSchemas[type.scalar]
  }
}

const scalarSchemas = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer' },
  int64: { type: 'integer' },
  uint64: { type: 'integer' },
  double: { type: 'number' },
  quantity: {},
  intorstring: { format: 'int-or-string' },
  time: { type: 'string', format: 'date-time' },
  bytes: { type: 'string', format: 'byte' },
  any: { type: 'object' },
} as const

/** The kinds of a CustomResourceDefinition, one for each version that is served; empty for another object. */
export function definedKinds(
  definition: JsonObject,
): readonly (ResourceKind & { readonly schema: KindSchema | undefined })[] {
  if (definition.kind !== 'CustomResourceDefinition') return []
  const spec = objectAt(definition, 'spec')
  const names = objectAt(spec, 'names')
  const [group, resource, kind] = [textAt(spec, 'group'), textAt(names, 'plural'), textAt(names, 'kind')]
  return objectsAt(spec, 'versions')
    .filter(({ served }) => served !== false)
    .map((one) => {
      const version = textAt(one, 'name')
      const schema = objectAt(objectAt(one, 'schema'), 'openAPIV3Schema')
      const known = schema && {
        kind: { group, version, kind },
        schema: publishedSchema(schema),
        resolve: builtInStruct,
      }
      return { group, version, resource, kind, schema: known }
    })
}

/** The API server publishes a CRD's schema with all of the metadata of an object. */
function publishedSchema(schema: JsonObject): JsonObject {
  const properties = objectAt(schema, 'properties') ?? {}
  const metadata = structSchema(structNamed('meta/v1.ObjectMeta'))
  return {
    ...schema,
    properties: { ...properties, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata },
  }
}

/** The kinds and schemas of an OpenAPI v3 document (`/openapi/v3/apis/GROUP/VERSION`). */
export function openApiKinds(document: JsonObject): {
  readonly resources: readonly ResourceKind[]
  readonly schemas: readonly KindSchema[]
} {
  const components = objectAt(objectAt(document, 'components'), 'schemas') ?? {}
  const resolve = (ref: string): JsonObject | undefined => {
    const name = ref.replace(/^#\/components\/schemas\//, '')
    const schema = Object.hasOwn(components, name) ? components[name] : undefined
    return isObject(schema) ? schema : undefined
  }
  const schemas = Object.values(components).flatMap((schema) =>
    isObject(schema) ? kindsNamed(schema).map((kind) => ({ kind, schema, resolve })) : [],
  )
  return { resources: resourcesOf(objectAt(document, 'paths') ?? {}), schemas }
}

const kindsNamed = (part: JsonObject): readonly GroupVersionKind[] =>
  objectsAt(part, 'x-kubernetes-group-version-kind').map((one) => ({
    group: textAt(one, 'group'),
    version: textAt(one, 'version'),
    kind: textAt(one, 'kind'),
  }))

/** Of a path like `/apis/apps/v1/namespaces/{namespace}/deployments`, whose operations name the kind. */
function resourcesOf(paths: JsonObject): readonly ResourceKind[] {
  return Object.entries(paths).flatMap(([path, operations]) => {
    const match = /^\/(?:api|apis\/([^/]+))\/([^/]+)\/(?:namespaces\/\{namespace\}\/)?([^/{]+)$/.exec(path)
    const post = isObject(operations) ? (objectAt(operations, 'post') ?? objectAt(operations, 'get')) : undefined
    const kind = objectAt(post, 'x-kubernetes-group-version-kind')
    if (match === null || kind === undefined) return []
    const [, group = '', version = '', resource = ''] = match
    return [{ group, version, resource, kind: textAt(kind, 'kind') }]
  })
}
