/**
 * Makes src/engines/admission/kubernetes-schema.ts: `go run . > types.json` here tells fields and types of k8s.io/api, the
 * file applyconfigurations/internal/internal.go of k8s.io/client-go how lists and maps merge.
 *
 *     node scripts/kubernetes-schema/generate.ts types.json $(go env GOMODCACHE)/k8s.io/client-go@v0.37.2
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

interface GoTypes {
  readonly kinds: Readonly<Record<string, string>>
  readonly structs: Readonly<Record<string, readonly (readonly [name: string, type: string, flag: string])[] | null>>
}

interface MergeType {
  readonly name?: string
  readonly namedType?: string
  readonly elementRelationship?: string
  readonly map?: {
    readonly fields?: readonly MergeField[]
    readonly elementRelationship?: string
    readonly elementType?: MergeType
  }
  readonly list?: {
    readonly elementType: MergeType
    readonly elementRelationship: string
    readonly keys?: readonly string[]
  }
}

interface MergeField {
  readonly name: string
  readonly type: MergeType
  readonly default?: unknown
}

const [typesPath = '', clientGo = ''] = process.argv.slice(2)
const go = JSON.parse(readFileSync(typesPath, 'utf8')) as GoTypes
const source = readFileSync(join(clientGo, 'applyconfigurations/internal/internal.go'), 'utf8')
const yaml = /schemaYAML = typed\.YAMLObject\(`([^`]*)`/.exec(source)?.[1] ?? ''
const merges = new Map((parse(yaml) as { readonly types: readonly MergeType[] }).types.map((type) => [type.name, type]))

/** `k8s.io/api/core/v1.Pod` as `core/v1.Pod`. */
const short = (name: string): string =>
  name.replace(/^k8s\.io\/api\//, '').replace(/^k8s\.io\/apimachinery\/pkg\/(?:apis\/)?/, '')
/** `k8s.io/api/core/v1.Pod` as `io.k8s.api.core.v1.Pod`. */
const mergeName = (name: string): string => `io.${name.replace(/^k8s\.io/, 'k8s').replaceAll('/', '.')}`

function withMerge(type: string, merge: MergeType | undefined): string {
  if (type.startsWith('*')) return `*${withMerge(type.slice(1), merge)}`
  if (type.startsWith('[')) {
    const list = merge?.list
    const inner = withMerge(type.slice(1), list?.elementType)
    if (list?.elementRelationship !== 'associative') return `[${inner}`
    return `[(${(list.keys ?? []).join(',')})${inner}`
  }
  const atomic = merge?.elementRelationship === 'atomic' || merge?.map?.elementRelationship === 'atomic' ? '!' : ''
  if (type.startsWith('{')) return `${atomic}{${withMerge(type.slice(1), merge?.map?.elementType)}`
  if (type === 'microtime') return 'time'
  return type.includes('/') ? `${atomic}${short(type)}` : type
}

const kinds = Object.entries(go.kinds)
  .filter(([kind]) => /\/v[0-9]+\//.test(kind))
  .sort(([a], [b]) => (a < b ? -1 : 1))
const structs: Record<string, readonly string[]> = {}
const atomicStructs: string[] = []

function visit(name: string): void {
  if (structs[short(name)] !== undefined) return
  const merge = merges.get(mergeName(name))
  if (merge?.map?.elementRelationship === 'atomic') atomicStructs.push(short(name))
  const fields = new Map((merge?.map?.fields ?? []).map((field) => [field.name, field]))
  structs[short(name)] = (go.structs[name] ?? []).map(([field, type, flag]) => {
    const rule = fields.get(field)
    const struct = type.includes('/') && /^[a-z]/.test(type)
    const always = flag === 'always' || (struct && flag === 'omitempty') ? ' always' : ''
    const fallback = typeof rule?.default === 'string' && rule.default !== '' ? ` =${rule.default}` : ''
    return `${field} ${withMerge(type, rule?.type)}${always}${fallback}`
  })
  for (const [, type] of go.structs[name] ?? []) {
    const bare = type.replace(/^[*[{]+/, '')
    if (bare.includes('/')) visit(bare)
  }
}

for (const [, name] of kinds) visit(name)

const lines = (entries: readonly (readonly [string, unknown])[]): string =>
  entries.map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)},`).join('\n')
const target = fileURLToPath(new URL('../../src/engines/admission/kubernetes-schema.ts', import.meta.url))
writeFileSync(
  target,
  `// biome-ignore-all format: made by scripts/kubernetes-schema from k8s.io/api and k8s.io/client-go v0.37.2; do not edit.
/** Fields, types and merge rules of the stable kinds of Kubernetes 1.37; schema.ts tells how to read them. */
export const kubernetesSchema: {
  readonly kinds: Readonly<Record<string, string | undefined>>
  readonly atomicStructs: readonly string[]
  readonly structs: Readonly<Record<string, readonly string[] | undefined>>
} = {
  kinds: {
${lines(kinds.map(([kind, name]) => [kind, short(name)]))}
  },
  atomicStructs: ${JSON.stringify(atomicStructs.sort())},
  structs: {
${lines(Object.entries(structs).sort(([a], [b]) => (a < b ? -1 : 1)))}
  },
}
`,
)
