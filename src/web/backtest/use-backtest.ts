/** One back-test at a time: begun, followed, cancelled; another one takes its place. */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { BacktestBody, BacktestStatus } from '../../api/contract/detection.ts'
import { cancelBacktest, followBacktest, startBacktest } from '../api/backtest-queries.ts'

export interface Backtest {
  readonly status: BacktestStatus | undefined
  /** What was replayed: the `key` that it was begun with. */
  readonly key: string | undefined
  readonly error: Error | undefined
  readonly running: boolean
  readonly start: (body: BacktestBody, key: string) => void
  readonly cancel: () => void
}

interface State {
  readonly key: string | undefined
  readonly status: BacktestStatus | undefined
  readonly error: Error | undefined
  readonly starting: boolean
}

const nothing: State = { key: undefined, status: undefined, error: undefined, starting: false }

export const useBacktest = (): Backtest => {
  const [state, setState] = useState<State>(nothing)
  /** Ends what runs: the following here, and, as nobody looks at it any more, the back-test itself. */
  const end = useRef<() => void>(() => {})
  /** Cancels what runs, and goes on following it. */
  const stop = useRef<() => void>(() => {})

  const start = useCallback((body: BacktestBody, key: string): void => {
    end.current()
    let over = false
    let unfollow = (): void => {}
    let id: string | undefined
    let cancelled = false
    stop.current = () => {
      cancelled = true
      if (id !== undefined) cancelQuietly(id)
    }
    end.current = () => {
      if (over) return
      over = true
      unfollow()
      // At most two run at once on the server: one that is not looked at must not keep its place.
      if (id !== undefined) cancelQuietly(id)
    }
    const fault = (error: Error): void => {
      if (over) return
      over = true
      setState((before) => ({ ...before, error, starting: false }))
    }
    const tell = (status: BacktestStatus): void => {
      if (over) return
      if (status.state !== 'running') over = true
      setState({ key, status, error: undefined, starting: false })
    }
    setState((before) => ({ ...before, key, error: undefined, starting: true }))
    startBacktest(body).then(
      (status) => {
        id = status.id
        // Cancelled before the server had said what it is called.
        if (over || cancelled) cancelQuietly(status.id)
        if (!over) tell(status)
        if (!over) unfollow = followBacktest(status.id, tell, fault)
      },
      (error: unknown) => fault(error instanceof Error ? error : new Error(String(error))),
    )
  }, [])

  const cancel = useCallback((): void => stop.current(), [])

  useEffect(() => () => end.current(), [])
  const running = state.starting || state.status?.state === 'running'
  return { status: state.status, key: state.key, error: state.error, running, start, cancel }
}

/** One that has ended meanwhile needs no cancelling. */
const cancelQuietly = (id: string): void => {
  cancelBacktest(id).catch(() => undefined)
}
