import { once } from 'node:events'
import { createServer } from 'node:https'
import type { Authority } from '../certificates.ts'
import type { Manifest } from './objects.ts'

/** CPU in use by each pod of an app, in millicores. */
export type Usage = (
  namespace: string,
  labelSelector: string,
) => readonly { readonly pod: string; readonly cpu: number }[]

/**
 * A metrics API (metrics.k8s.io/v1beta1) that says what `usage` says, so that the real autoscaler has something to go
 * by. The API server reaches it through an APIService on a Service of type ExternalName.
 */
export async function serveMetrics(
  authority: Authority,
  usage: Usage,
): Promise<AsyncDisposable & { readonly manifests: readonly Manifest[] }> {
  const pair = await authority.server('metrics-server', ['localhost', 'metrics-server.kube-system.svc'])
  const server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    response.setHeader('Content-Type', 'application/json')
    const url = new URL(request.url ?? '/', 'https://localhost')
    const match = /^\/apis\/metrics\.k8s\.io\/v1beta1\/namespaces\/([^/]+)\/pods$/.exec(url.pathname)
    if (match?.[1] !== undefined) {
      response.end(JSON.stringify(podMetrics(match[1], usage(match[1], url.searchParams.get('labelSelector') ?? ''))))
    } else if (url.pathname === '/apis/metrics.k8s.io/v1beta1') {
      response.end(JSON.stringify(resourceList))
    } else {
      response.statusCode = 404
      response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  return {
    manifests: manifests(address.port),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const version = 'metrics.k8s.io/v1beta1'

const resourceList = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: version,
  resources: [{ name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] }],
}

function podMetrics(namespace: string, pods: ReturnType<Usage>): unknown {
  const timestamp = new Date().toISOString()
  const items = pods.map(({ pod, cpu }) => ({
    metadata: { name: pod, namespace, creationTimestamp: timestamp },
    timestamp,
    window: '10s',
    containers: [{ name: 'main', usage: { cpu: `${Math.round(cpu)}m`, memory: '96Mi' } }],
  }))
  return { kind: 'PodMetricsList', apiVersion: version, metadata: {}, items }
}

function manifests(port: number): readonly Manifest[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'metrics-server', namespace: 'kube-system' },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name: 'metrics-server', namespace: 'kube-system', port },
      },
    },
  ]
}
