/** Back-tests: begun on demand, and followed as they go on. */
import type { BacktestBody, BacktestStatus } from '../../api/contract/detection.ts'
import { isObject } from '../../model/json.ts'
import { apiUrl, get, segment, send } from './client.ts'

export const startBacktest = (body: BacktestBody): Promise<BacktestStatus> => send('POST', 'backtests', body)

export const cancelBacktest = (id: string): Promise<BacktestStatus> => send('POST', `backtests/${segment(id)}/cancel`)

/** How often a back-test is asked for where its stream was cut, in milliseconds. */
const askEvery = 1000

/**
 * Tells of a back-test until it is over. Where the stream is cut before that, it is asked for by hand: a stream that is
 * opened anew of a back-test that ended would be opened for ever. The answer ends it.
 */
export const followBacktest = (
  id: string,
  onStatus: (status: BacktestStatus) => void,
  onFault: (error: Error) => void,
): (() => void) => {
  const path = `backtests/${segment(id)}`
  const source = new EventSource(apiUrl(`${path}/stream`))
  const stopped = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = (): void => {
    source.close()
    stopped.abort()
    clearTimeout(timer)
  }
  const tell = (status: BacktestStatus): void => {
    if (stopped.signal.aborted) return
    if (status.state !== 'running') stop()
    onStatus(status)
  }
  const ask = async (): Promise<void> => {
    try {
      const status = await get<BacktestStatus>(path, {}, stopped.signal)
      tell(status)
      if (status.state === 'running') timer = setTimeout(() => void ask(), askEvery)
    } catch (error) {
      if (stopped.signal.aborted || !(error instanceof Error)) return
      stop()
      onFault(error)
    }
  }
  source.addEventListener('status', (event) => {
    const status: unknown = JSON.parse(event.data)
    // The server's own tests prove that what it streams is of this type.
    if (isObject(status) && typeof status.state === 'string') tell(status as unknown as BacktestStatus)
  })
  source.addEventListener('error', () => {
    source.close()
    if (!stopped.signal.aborted) void ask()
  })
  return stop
}
