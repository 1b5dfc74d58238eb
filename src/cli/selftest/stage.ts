/** The namespace in which rules are acted out: made for it, labelled, and deleted whatever happens. */
import { BulwarkError } from '../../model/error.ts'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { type ClusterAccess, connectToWrite } from '../../sources/cluster/index.ts'
import type { Act } from './acts.ts'

/** What an API server answered. */
export interface Answered {
  readonly status: number
  readonly message: string
}

export interface Stage extends AsyncDisposable {
  act(act: Act): Promise<Answered>
  /** Deletes the namespace with all that is in it, and waits until it is gone. A text says why it is not. */
  cleanUp(): Promise<string>
}

const mark = 'bulwark.dev/selftest'
const requestMillis = 15_000
const goneMillis = 60_000
const lookMillis = 500
const longestAnswer = 1024 * 1024

/** Throws BulwarkError CONFIG_INVALID where there is a namespace of this name that is not ours, and what connecting throws. */
export const openStage = async (access: ClusterAccess, namespace: string): Promise<Stage> => {
  const connection = connectToWrite(access)
  const ask = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: JsonObject) => {
    const answer = await connection.send({
      method,
      path,
      accept: 'application/json',
      agent: 'bulwark-selftest',
      signal: AbortSignal.timeout(requestMillis),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of answer.body) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size <= longestAnswer) chunks.push(bytes)
    }
    return { status: answer.status, body: parsed(Buffer.concat(chunks).toString('utf8')) }
  }
  const place = `/api/v1/namespaces/${namespace}`
  const labels = { [mark]: 'true', 'pod-security.kubernetes.io/enforce': 'privileged' }
  try {
    const made = await ask('POST', '/api/v1/namespaces', { metadata: { name: namespace, labels } })
    if (made.status === 409) checkOurs((await ask('GET', place)).body, namespace)
    else if (made.status >= 300) throw refused(namespace, messageOf(made))
  } catch (error) {
    await connection.close()
    throw error
  }
  const cleanUp = async (): Promise<string> => {
    const deleted = await ask('DELETE', place)
    if (deleted.status >= 300 && deleted.status !== 404) return messageOf(deleted)
    const end = Date.now() + goneMillis
    while (Date.now() < end) {
      if ((await ask('GET', place)).status === 404) return ''
      await new Promise((resolve) => setTimeout(resolve, lookMillis))
    }
    return 'it is still being deleted'
  }
  return {
    act: async ({ api, resource, body }) => {
      const answer = await ask('POST', `${api}/namespaces/${namespace}/${resource}`, body)
      return { status: answer.status, message: messageOf(answer) }
    },
    cleanUp,
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

/** One that was left by an earlier run is used again. */
const checkOurs = (found: JsonValue, namespace: string): void => {
  const metadata = isObject(found) && isObject(found.metadata) ? found.metadata : {}
  const labels = isObject(metadata.labels) ? metadata.labels : {}
  if (labels[mark] !== 'true') throw refused(namespace, 'there is a namespace of this name that is not ours')
  if (metadata.deletionTimestamp !== undefined)
    throw refused(namespace, 'the one of the last run is still being deleted')
}

const refused = (namespace: string, why: string): BulwarkError =>
  new BulwarkError('CONFIG_INVALID', {
    what: `the namespace cannot be used: ${why}`,
    where: `--namespace ${namespace}`,
    mend: 'Name another one, which must not be there yet; creating namespaces needs the right to it',
  })

const messageOf = ({ status, body }: { readonly status: number; readonly body: JsonValue }): string => {
  const message = isObject(body) ? body.message : undefined
  return typeof message === 'string' ? message : `the API server answered ${status}`
}

const parsed = (text: string): JsonValue => {
  try {
    const value: JsonValue = JSON.parse(text)
    return value
  } catch {
    return null
  }
}
