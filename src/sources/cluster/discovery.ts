import { BulwarkError } from '../../model/error.ts'
import { asString, isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { Missing } from '../../model/source.ts'
import type { Connection } from './connect.ts'
import type { Kind } from './kind.ts'
import { readJson, readRefusal } from './read-json.ts'

/** Every kind that the API server offers, one entry a kind, and the groups that it could not tell about. */
export interface Discovered {
  readonly kinds: readonly Kind[]
  readonly missing: readonly Missing[]
  /** Groups (and versions) of `missing`: their kinds are unknown now, not gone. */
  readonly unknownGroups: readonly string[]
}

const aggregated = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',')

// 200 CRDs make some 300 KB.
const maxBytes = 32 * 1024 * 1024

/**
 * Asks the API server what there is: aggregated discovery (k8s.io/api/apidiscovery/v2, two requests), and group by
 * group where the server is older than 1.27 or does not offer it. A kind that several versions have is read in the
 * first version of the group's own order of preference that can be listed and watched.
 *
 * @throws BulwarkError CLUSTER_UNREACHABLE or CLUSTER_UNAUTHORIZED where not even the list of groups can be had
 */
export async function discover(connection: Connection, signal: AbortSignal): Promise<Discovered> {
  const groups: Group[] = []
  for (const path of ['/api', '/apis']) {
    const root = await read(connection, path, aggregated, signal)
    if (root.kind !== 'json') throw refused(connection, path, root.why)
    groups.push(
      ...(root.value.kind === 'APIGroupDiscoveryList'
        ? aggregatedGroups(root.value)
        : await singleGroups(connection, path, root.value, signal)),
    )
  }
  const stale = groups.flatMap((group) =>
    group.versions.filter((version) => version.fault !== '').map((version) => ({ group, version })),
  )
  return {
    kinds: groups.flatMap(kindsOf),
    missing: stale.map(({ group, version }) => ({
      what: `the kinds of ${group.name}/${version.name}`,
      why: version.fault,
      mend: `See why its server does not answer: kubectl get apiservice ${version.name}.${group.name}`,
    })),
    unknownGroups: stale.map(({ group }) => group.name),
  }
}

interface Group {
  readonly name: string
  /** Most preferred first. */
  readonly versions: readonly { readonly name: string; readonly kinds: readonly Kind[]; readonly fault: string }[]
}

/** One entry a resource: the first version that can be watched, else the first that has it. */
function kindsOf(group: Group): readonly Kind[] {
  const chosen = new Map<string, Kind>()
  for (const kind of group.versions.flatMap((version) => version.kinds)) {
    const have = chosen.get(kind.resource)
    if (have === undefined || (!watchable(have) && watchable(kind))) chosen.set(kind.resource, kind)
  }
  return [...chosen.values()]
}

/** Whether the API server offers to list and to watch the kind. */
export const watchable = (kind: Kind): boolean => kind.verbs.includes('list') && kind.verbs.includes('watch')

function aggregatedGroups(root: JsonObject): readonly Group[] {
  return objects(root.items).map((item) => {
    const name = asString(isObject(item.metadata) ? item.metadata.name : undefined) ?? ''
    return {
      name,
      versions: objects(item.versions).map((version) => ({
        name: asString(version.version) ?? '',
        kinds: objects(version.resources).flatMap((resource) => aggregatedKind(name, version, resource)),
        fault:
          version.freshness === 'Stale'
            ? 'the API server behind this group does not answer, what is known of it is old'
            : '',
      })),
    }
  })
}

function aggregatedKind(group: string, version: JsonObject, resource: JsonObject): readonly Kind[] {
  const kind = isObject(resource.responseKind) ? asString(resource.responseKind.kind) : undefined
  const plural = asString(resource.resource)
  const name = asString(version.version)
  if (!kind || !plural || !name) return [] // subresources alone: nothing that could be listed
  const verbs = strings(resource.verbs)
  return [{ group, version: name, kind, resource: plural, namespaced: resource.scope === 'Namespaced', verbs }]
}

/** Discovery as it was before 1.27: APIVersions or APIGroupList, then one APIResourceList for each version. */
async function singleGroups(
  connection: Connection,
  path: string,
  root: JsonObject,
  signal: AbortSignal,
): Promise<readonly Group[]> {
  if (path === '/api') {
    const versions = await Promise.all(
      strings(root.versions).map((name) => singleVersion(connection, '', name, signal)),
    )
    return [{ name: '', versions }]
  }
  const groups: Group[] = []
  for (const entry of objects(root.groups)) {
    const name = asString(entry.name) ?? ''
    const preferred = asString(isObject(entry.preferredVersion) ? entry.preferredVersion.version : undefined)
    const names = objects(entry.versions).flatMap((version) => asString(version.version) ?? [])
    const ordered = [...names.filter((each) => each === preferred), ...names.filter((each) => each !== preferred)]
    const versions = await Promise.all(ordered.map((version) => singleVersion(connection, name, version, signal)))
    groups.push({ name, versions })
  }
  return groups
}

async function singleVersion(
  connection: Connection,
  group: string,
  name: string,
  signal: AbortSignal,
): Promise<Group['versions'][number]> {
  const list = await read(
    connection,
    group === '' ? `/api/${name}` : `/apis/${group}/${name}`,
    'application/json',
    signal,
  )
  if (list.kind !== 'json') return { name, kinds: [], fault: list.why }
  const kinds = objects(list.value.resources).flatMap((resource): readonly Kind[] => {
    const plural = asString(resource.name)
    const kind = asString(resource.kind)
    if (!plural || !kind || plural.includes('/')) return []
    return [
      {
        group,
        version: name,
        kind,
        resource: plural,
        namespaced: resource.namespaced === true,
        verbs: strings(resource.verbs),
      },
    ]
  })
  return { name, kinds, fault: '' }
}

async function read(
  connection: Connection,
  path: string,
  accept: string,
  signal: AbortSignal,
): Promise<{ readonly kind: 'json'; readonly value: JsonObject } | { readonly kind: 'none'; readonly why: string }> {
  const answer = await connection.get({ path, accept, signal, gzip: true })
  if (answer.status !== 200) return { kind: 'none', why: (await readRefusal(answer)).message }
  const body = await readJson(answer, maxBytes)
  if (body.kind === 'json') return body
  return { kind: 'none', why: body.kind === 'too-large' ? `the answer has more than ${maxBytes} bytes` : body.why }
}

function refused(connection: Connection, path: string, why: string): BulwarkError {
  const { server, from, context } = connection.access
  return new BulwarkError('CLUSTER_UNAUTHORIZED', {
    what: `the API server does not tell what it offers at ${path}: ${why}`,
    where: `${server}, ${from}`,
    mend: `Check the credentials with \`kubectl --context ${context} auth whoami\`; everyone who is logged in has the ClusterRole system:discovery by default`,
  })
}

const objects = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []

const strings = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
