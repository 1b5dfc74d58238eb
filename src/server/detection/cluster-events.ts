import type { JsonObject } from '../../model/json.ts'
import type { WriteEvent } from '../../outputs/kubernetes-event.ts'
import { type ClusterAccess, connectToWrite } from '../../sources/cluster/index.ts'

const requestMillis = 10_000
const group = '/apis/events.k8s.io/v1'

/**
 * Writes Events into the cluster, the only thing that Bulwark ever writes there by itself, and only for an output of kind
 * `kubernetes-event`. Nothing is connected before the first one.
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
    const place = `${group}/namespaces/${encodeURIComponent(namespace)}/events`
    let status = await ask('POST', place, event, 'application/json')
    // It was told of before: times of an Event cannot be changed, its note and reason can.
    if (status === 409) {
      const { note, reason, action, type } = event
      const change: JsonObject = {
        ...(note !== undefined && { note }),
        ...(reason !== undefined && { reason }),
        ...(action !== undefined && { action }),
        ...(type !== undefined && { type }),
      }
      status = await ask('PATCH', `${place}/${encodeURIComponent(name)}`, change, 'application/merge-patch+json')
    }
    if (status >= 300) throw new Error(`the API server answered ${status}`)
  }
  return Object.assign(write, { [Symbol.asyncDispose]: () => connection.close() })
}
