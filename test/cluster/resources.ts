import type { Kind } from '../../src/sources/cluster/kind.ts'
import { type Client, listAt, textAt } from './client.ts'

/** Every kind of every group in its preferred version, subresources left out. */
export async function discover(client: Client): Promise<readonly Kind[]> {
  const groups = await client.get('/apis')
  const versions = listAt(groups.body, 'groups').map((group) => textAt(group, 'preferredVersion', 'groupVersion'))
  const lists = await Promise.all(['v1', ...versions].map((version) => resourcesOf(client, version)))
  return lists.flat()
}

/** The path of all objects of a kind, or of those in one namespace. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  const scope = namespace !== undefined && kind.namespaced ? `/namespaces/${namespace}` : ''
  return `${root}${scope}/${kind.resource}`
}

async function resourcesOf(client: Client, groupVersion: string): Promise<readonly Kind[]> {
  const answer = await client.get(groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`)
  const [group = '', version = ''] = groupVersion === 'v1' ? ['', 'v1'] : groupVersion.split('/')
  return listAt(answer.body, 'resources').flatMap((each) => {
    const resource = textAt(each, 'name')
    if (resource.includes('/')) return []
    const namespaced = Reflect.get(Object(each), 'namespaced') === true
    return [
      { group, version, kind: textAt(each, 'kind'), resource, namespaced, verbs: listAt(each, 'verbs').map(String) },
    ]
  })
}
