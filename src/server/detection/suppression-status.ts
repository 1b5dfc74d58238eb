/** How the suppressions of the cluster do, told in the status of each object, where a person asked for it. */
import { isObject, type JsonObject } from '../../model/json.ts'
import type { Suppression } from '../../model/suppression.ts'
import { type ClusterAccess, connectToWrite } from '../../sources/cluster/index.ts'

/** Puts the status of one in the place of what is there; resolves with the status of HTTP. */
export type WriteStatus = (name: string, status: JsonObject) => Promise<number>

export interface SuppressionStatusParts {
  /** As they are doing now, of all origins. */
  readonly list: () => readonly Suppression[]
  /** As the cluster has them. */
  readonly objects: () => Iterable<JsonObject> | undefined
  readonly write: WriteStatus
  readonly onError: (message: string) => void
}

export interface SuppressionStatuses extends AsyncDisposable {
  watch(): void
  /** Looks once, and writes what differs. */
  look(): Promise<void>
}

const lookMillis = 10_000
const requestMillis = 10_000
/** So many at most are written at a look; the rest at the next. */
const mostAtOnce = 100

export const suppressionStatuses = ({ list, objects, write, onError }: SuppressionStatusParts): SuppressionStatuses => {
  /** What was written, while the watch has not told of it yet. */
  const written = new Map<string, string>()
  let told = ''
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined

  const round = async (): Promise<void> => {
    const there = new Map(Array.from(objects() ?? [], (object) => [nameOf(object), statusOf(object.status)]))
    for (const name of written.keys()) if (!there.has(name)) written.delete(name)
    let failure = ''
    let writes = 0
    for (const one of list()) {
      const known = there.get(one.name)
      if (one.origin !== 'cluster' || known === undefined) continue
      const wanted = statusOf({ state: one.state, why: one.why, uses: one.uses, lastUsed: one.lastUsed ?? null })
      if (known === wanted) written.delete(one.name)
      if (known === wanted || written.get(one.name) === wanted || writes >= mostAtOnce) continue
      writes += 1
      const problem = await write(one.name, JSON.parse(wanted)).then(
        (status) => (status < 300 ? '' : `the API server answered ${status}`),
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      )
      if (problem === '') written.set(one.name, wanted)
      else failure = problem
    }
    // The same reason once, and again after it was gone.
    if (failure !== '' && failure !== told) onError(`the status of suppressions cannot be written: ${failure}`)
    if (failure !== '' || writes > 0) told = failure
  }
  const look = (): Promise<void> => {
    looking ??= round().finally(() => {
      looking = undefined
    })
    return looking
  }
  return {
    look,
    watch: () => {
      timer = setInterval(() => {
        look().catch((error: unknown) => onError(error instanceof Error ? error.message : String(error)))
      }, lookMillis)
      timer.unref()
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      await looking?.catch(() => undefined)
    },
  }
}

/** Writes by the API server of a cluster. Nothing is connected before the first one. */
export const clusterStatuses = (access: ClusterAccess): WriteStatus & AsyncDisposable => {
  const connection = connectToWrite(access)
  const write: WriteStatus = async (name, status) => {
    const answer = await connection.send({
      method: 'PATCH',
      path: `/apis/bulwark.dev/v1alpha1/suppressions/${encodeURIComponent(name)}/status`,
      accept: 'application/json',
      agent: 'bulwark (suppression status)',
      contentType: 'application/merge-patch+json',
      body: JSON.stringify({ status }),
      signal: AbortSignal.timeout(requestMillis),
    })
    answer.body.destroy()
    return answer.status
  }
  return Object.assign(write, { [Symbol.asyncDispose]: () => connection.close() })
}

const nameOf = ({ metadata }: JsonObject): string =>
  isObject(metadata) && typeof metadata.name === 'string' ? metadata.name : ''

/** A text that is the same for the same status. What is null in a merge patch is taken away. */
const statusOf = (status: unknown): string => {
  const { state = null, why = null, uses = null, lastUsed = null } = isObject(status) ? status : {}
  return JSON.stringify({ state, why, uses, lastUsed })
}
