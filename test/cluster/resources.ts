import { type Client, listAt, textAt } from './client.ts'

/** A kind that the API server serves: `apps`, `v1`, `Deployment`, `deployments`. */
export type Resource = {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

/** Every kind of every group in its preferred version, subresources left out. */
export async function discover(client: Client): Promise<readonly Resource[]> {
  const groups = await client.get('/apis')
  const versions = listAt(groups.body, 'groups').map((group) => textAt(group, 'preferredVersion', 'groupVersion'))
  const lists = await Promise.all(['v1', ...versions].map((version) => resourcesOf(client, version)))
  return lists.flat()
}

/** The path of all objects of a kind, or of those in one namespace. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`
  const scope = namespace !== undefined && resource.namespaced ? `/namespaces/${namespace}` : ''
  return `${root}${scope}/${resource.plural}`
}

async function resourcesOf(client: Client, groupVersion: string): Promise<readonly Resource[]> {
  const answer = await client.get(groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`)
  const [group = '', version = ''] = groupVersion === 'v1' ? ['', 'v1'] : groupVersion.split('/')
  return listAt(answer.body, 'resources').flatMap((each) => {
    const plural = textAt(each, 'name')
    if (plural.includes('/')) return []
    const namespaced = Reflect.get(Object(each), 'namespaced') === true
    return [
      { group, version, kind: textAt(each, 'kind'), plural, namespaced, verbs: listAt(each, 'verbs').map(String) },
    ]
  })
}
