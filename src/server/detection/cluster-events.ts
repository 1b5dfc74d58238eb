import type { JsonObject } from '../../model/json.ts'
import type { WriteEvent } from '../../outputs/kubernetes-event.ts'
import { type ClusterAccess, connectToWrite } from '../../sources/cluster/index.ts'

const requestMillis = 10_000

/**
 * Writes Events into the cluster, and only for an output of kind `kubernetes-event`: by itself Bulwark writes nothing there.
 * Nothing is connected before the first one.
 */
export const clusterEvents = (access: ClusterAccess): WriteEvent & AsyncDisposable => {
  const connection = connectToWrite(access)
  const ask = async (method: 'POST' | 'PATCH', path: string, body: JsonObject, contentType: string) => {
    const answer = await connection.send({
      method,
      path,
      accept: 'application/json',
      agent: 'bulwark (output)',
      contentType,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(requestMillis),
    })
    answer.body.destroy()
    return answer.status
  }
  const write: WriteEvent = async (namespace, name, event) => {
    const encoded = encodeURIComponent(namespace)
    let status = await ask('POST', `/apis/events.k8s.io/v1/namespaces/${encoded}/events`, event, 'application/json')
    // It was told of before. By events.k8s.io nothing of an Event but its series may change; by the core group it may
    // (k8s.io/kubernetes pkg/apis/core/validation/events.go, ValidateEventUpdate).
    if (status === 409) {
      const { note, reason, action, type } = event
      const change: JsonObject = {
        ...(note !== undefined && { message: note }),
        ...(reason !== undefined && { reason }),
        ...(action !== undefined && { action }),
        ...(type !== undefined && { type }),
      }
      const path = `/api/v1/namespaces/${encoded}/events/${encodeURIComponent(name)}`
      status = await ask('PATCH', path, change, 'application/merge-patch+json')
    }
    if (status >= 300) throw new Error(`the API server answered ${status}`)
  }
  return Object.assign(write, { [Symbol.asyncDispose]: () => connection.close() })
}
