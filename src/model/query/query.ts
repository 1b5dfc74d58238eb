import type { EventRow } from '../answer.ts'

/**
 * What a query text means. Terms side by side must all hold; the text is made and read by `parseQuery` and `printQuery`.
 *
 * Grammar, in EBNF (spaces separate, words AND, OR and NOT only in capitals):
 *
 *     query   = [ either ]
 *     either  = both { "OR" both }
 *     both    = term { [ "AND" ] term }
 *     term    = [ "-" | "NOT" ] ( "(" either ")" | field ":" values | field ( "=" | "<" | "<=" | ">" | ">=" ) number | value )
 *     values  = value { "," value }
 *     value   = piece { piece }                  pieces stand side by side without a space
 *     piece   = bare text | "quoted text" | "*"
 *
 * In a value `*` stands for any text, unless it is quoted. In quotes, `\"` and `\\` stand for `"` and `\`.
 */
export interface Query {
  /** Undefined matches everything. */
  readonly expression: Expression | undefined
  /**
   * False where the text does not name `stage`: then rows of stage RequestReceived do not match. Such a row says only
   * that a request came in, and nearly always another row tells how it ended.
   */
  readonly allStages: boolean
}

export type Expression =
  | { readonly kind: 'all'; readonly terms: readonly Expression[] }
  | { readonly kind: 'any'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not'; readonly term: Expression }
  /** The field has one of the values, letter by letter. */
  | { readonly kind: 'field'; readonly field: QueryField; readonly values: readonly Pattern[] }
  | { readonly kind: 'compare'; readonly field: 'code'; readonly comparison: Comparison; readonly number: number }
  /** Words anywhere in user, uri, name, agent, reason or process; capitals do not count. See `matches`. */
  | { readonly kind: 'text'; readonly value: Pattern }

/** Texts between the wildcards: `['a']` is the text a itself, `['a', 'b']` is `a*b`, `['', '']` is `*`. Never empty. */
export type Pattern = readonly string[]

export const comparisons = ['=', '<', '<=', '>', '>='] as const
export type Comparison = (typeof comparisons)[number]

/** How one field is asked, completed and explained. */
export interface QueryFieldInfo {
  readonly field: QueryField
  readonly aliases: readonly string[]
  /** The property of {@link EventRow} that it looks at. */
  readonly column: keyof EventRow
  /** `id` fields take no wildcard. */
  readonly type: 'text' | 'number' | 'id'
  readonly description: string
  readonly example: string
  /** True where listing the most frequent values makes sense. */
  readonly facet: boolean
}

export const queryFieldNames = [
  'kind',
  'source',
  'cluster',
  'user',
  'impersonated',
  'group',
  'verb',
  'resource',
  'subresource',
  'ns',
  'name',
  'code',
  'decision',
  'reason',
  'level',
  'stage',
  'ip',
  'agent',
  'uri',
  'node',
  'container',
  'image',
  'process',
  'id',
] as const
export type QueryField = (typeof queryFieldNames)[number]

const text = (
  field: QueryField,
  column: keyof EventRow,
  description: string,
  example: string,
  aliases: readonly string[] = [],
): QueryFieldInfo => ({ field, aliases, column, type: 'text', description, example, facet: true })

/** Every field of the query language; completion and documentation are made from it. */
export const queryFields: readonly QueryFieldInfo[] = [
  text(
    'kind',
    'kind',
    'What the record is: audit, runtime (of a sensor), event (a Kubernetes Event object) or gap',
    'kind:gap',
  ),
  text('source', 'source', 'Where the record came from', 'source:audit-webhook'),
  text('cluster', 'cluster', 'The cluster it happened in', 'cluster:shop'),
  text('user', 'user', 'Who asked, as the API server authenticated', 'user:system:serviceaccount:shop:*'),
  text('impersonated', 'impersonatedUser', 'Whom the user acted as', 'impersonated:admin'),
  text('group', 'group', 'API group of the resource, empty for the core group', 'group:apps'),
  text('verb', 'verb', 'What was asked for', 'verb:create,update,patch,delete'),
  text('resource', 'resource', 'Resource in the plural, as in URLs', 'resource:secrets'),
  text('subresource', 'subresource', 'Part of the resource', 'subresource:exec'),
  text('ns', 'namespace', 'Namespace, empty where the resource has none', 'ns:kube-system', ['namespace']),
  text('name', 'name', 'Name of the object; of runtime events the pod', 'name:web-*'),
  {
    field: 'code',
    aliases: ['status'],
    column: 'code',
    type: 'number',
    description: 'HTTP status of the answer, 0 where none is told',
    example: 'code>=400',
    facet: true,
  },
  text('decision', 'decision', 'What the authorizer said: allow, forbid or none', 'decision:forbid'),
  text(
    'reason',
    'reason',
    'Why: of the authorizer, of an Event object, of a gap; rule of Falco, type of event of Tetragon',
    'reason:BackOff',
    ['rule'],
  ),
  text('level', 'level', 'Audit level, type of an Event object, or priority of Falco', 'level:Warning', ['priority']),
  text('stage', 'stage', 'Audit stage; naming it shows RequestReceived too', 'stage:*'),
  text('ip', 'sourceIp', 'First address that the request came from', 'ip:10.1.*'),
  text('agent', 'userAgent', 'User agent, component that reports an Event object, or sensor', 'agent:kubectl*'),
  text('uri', 'requestUri', 'Path and query of the request', 'uri:/api/v1/*'),
  text('node', 'node', 'Node that a runtime event happened on', 'node:worker-1'),
  text('container', 'container', 'Container of a runtime event: its name, or its id', 'container:web'),
  text('image', 'image', 'Image of that container', 'image:*nginx*'),
  text('process', 'process', 'Program with its arguments', 'process:*nsenter*'),
  {
    field: 'id',
    aliases: ['audit'],
    column: 'id',
    type: 'id',
    description: 'Id of the record, audit ID of a request or uid of an Event object',
    example: 'id:1f0c1dd8-5d3b-4a43-8a8e-6d2f8e3c8f6b',
    facet: false,
  },
]

const fieldByName: ReadonlyMap<string, QueryFieldInfo> = new Map(
  queryFields.flatMap((info) => [info.field, ...info.aliases].map((name) => [name, info] as const)),
)

/** The field of this name or alias, letters as typed. */
export const findField = (name: string): QueryFieldInfo | undefined => fieldByName.get(name)

/** Every name that {@link findField} knows. */
export const fieldNames: readonly string[] = [...fieldByName.keys()]
