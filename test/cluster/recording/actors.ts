import type { Kind } from '../../../src/sources/cluster/kind.ts'
import { type Answer, at, type Client, type Credentials, listAt, textAt } from '../client.ts'
import type { Cluster, User } from '../cluster.ts'
import { collectionPath } from '../resources.ts'
import type { Manifest } from './objects.ts'

/** Somebody who works with the cluster: a client with a user agent and an address, and kubectl's ways of asking. */
export type Actor = {
  readonly client: Client
  readonly list: (path: string) => Promise<Answer>
  /** Server-side apply. */
  readonly apply: (manifest: Manifest) => Promise<Answer>
  /** `kubectl rollout restart deployment/NAME` */
  readonly restart: (namespace: string, name: string) => Promise<Answer>
  /** `kubectl scale deployment/NAME --replicas=N` */
  readonly scale: (namespace: string, name: string, replicas: number) => Promise<Answer>
  /** `kubectl describe pod`: the pod, then its events. */
  readonly describePod: (namespace: string, name: string) => Promise<void>
  readonly logs: (namespace: string, pod: string) => Promise<Answer>
  readonly exec: (namespace: string, pod: string, command: readonly string[]) => Promise<Answer>
  /** The names of the pods with that label app=NAME, sorted. */
  readonly pods: (namespace: string, app: string) => Promise<readonly string[]>
}

/** How an actor appears in the audit log. The address comes to the API server in X-Forwarded-For, as from a proxy. */
export type Appearance = { readonly userAgent: string; readonly address: string }

export async function makeActor(
  cluster: Cluster,
  resources: readonly Kind[],
  who: User | Credentials,
  appearance: Appearance,
): Promise<Actor> {
  const client = await cluster.client(who, {
    'User-Agent': appearance.userAgent,
    'X-Forwarded-For': appearance.address,
  })
  const manager = appearance.userAgent.split('/')[0] ?? 'kubectl'
  const podPath = (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/pods/${name}`
  return {
    client,
    list: (path) => client.get(`${path}${path.includes('?') ? '&' : '?'}limit=500`),
    apply: (manifest) =>
      client.patch(`${pathOf(resources, manifest)}?fieldManager=${manager}&force=true`, manifest, applyPatch),
    restart: (namespace, name) => {
      const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() }
      const patch = { spec: { template: { metadata: { annotations } } } }
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}?fieldManager=kubectl-rollout`
      return client.patch(path, patch, 'application/strategic-merge-patch+json')
    },
    scale: (namespace, name, replicas) =>
      client.patch(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}/scale`, { spec: { replicas } }),
    describePod: async (namespace, name) => {
      await client.get(podPath(namespace, name))
      await client.get(
        `/api/v1/namespaces/${namespace}/events?fieldSelector=involvedObject.name%3D${name}%2CinvolvedObject.namespace%3D${namespace}&limit=500`,
      )
    },
    logs: (namespace, pod) => client.get(`${podPath(namespace, pod)}/log?tailLines=20`),
    exec: (namespace, pod, command) => {
      const words = command.map((word) => `command=${encodeURIComponent(word)}`).join('&')
      return client.exec(`${podPath(namespace, pod)}/exec?${words}&stdout=true&stderr=true`)
    },
    pods: async (namespace, app) => {
      const answer = await client.get(`/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${app}&limit=500`)
      const alive = listAt(answer.body, 'items').filter((pod) => at(pod, 'metadata', 'deletionTimestamp') === undefined)
      return alive.map((pod) => textAt(pod, 'metadata', 'name')).sort()
    },
  }
}

/** Where a manifest goes: /apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL/NAME. */
export function pathOf(resources: readonly Kind[], { apiVersion, kind, metadata }: Manifest): string {
  const found = resources.find((each) => {
    return each.kind === kind && apiVersion === (each.group === '' ? each.version : `${each.group}/${each.version}`)
  })
  if (found === undefined) throw new Error(`the API server has no ${apiVersion} ${kind}`)
  return `${collectionPath(found, metadata.namespace)}/${metadata.name}`
}

/** A token of a service account, as the kubelet asks for one; bound to a pod where one is named. */
export async function tokenOf(admin: Client, namespace: string, name: string, podName?: string): Promise<Credentials> {
  const pod = podName === undefined ? undefined : await admin.get(`/api/v1/namespaces/${namespace}/pods/${podName}`)
  const answer = await admin.post(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      expirationSeconds: 7200,
      ...(pod !== undefined && {
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: podName, uid: textAt(pod.body, 'metadata', 'uid') },
      }),
    },
  })
  return { kind: 'token', token: textAt(answer.body, 'status', 'token') }
}

const applyPatch = 'application/apply-patch+yaml' // JSON is YAML
