/** New rows as they come, over the stream of the API. */
import { useEffect, useRef, useState } from 'react'
import type { EventRow } from '../../../model/answer.ts'
import { apiUrl } from '../../api/client.ts'
import { emptyTail, hold, release, type TailState, take } from './tail.ts'

export interface Tail extends TailState {
  /** Shows the rows that were held back. */
  readonly release: () => void
  /** Lets go of all rows, because the list was asked for again. */
  readonly reset: () => void
}

/** How often rows that came are shown together, so that a busy cluster does not redraw the list for each row. */
const drawEvery = 250

/**
 * Follows the query while `on`; rows are held back while `holding`. Starts anew with each query. `onBegin` is called when
 * the stream has begun: what was committed between an answer before it and now is only in an answer after it.
 */
export const useTail = (q: string, on: boolean, holding: boolean, onBegin: () => void): Tail => {
  const [state, setState] = useState<TailState>(emptyTail)
  const held = useRef(holding)
  held.current = holding
  const begin = useRef(onBegin)
  begin.current = onBegin
  useEffect(() => {
    setState(emptyTail)
    if (!on) return
    const arrived: EventRow[] = []
    const source = new EventSource(apiUrl('events/stream', { q }))
    // A stream that was cut goes on behind the last row it gave; only the first beginning leaves a hole.
    source.addEventListener('open', () => begin.current(), { once: true })
    source.addEventListener('row', (event) => {
      const row = parsed<EventRow>(event)
      if (row) arrived.push(row)
    })
    source.addEventListener('dropped', (event) => {
      const lost = parsed<{ rows?: number }>(event)
      if (lost) setState((before) => ({ ...before, lost: { rows: lost.rows } }))
    })
    const timer = setInterval(() => {
      if (arrived.length === 0) return
      const rows = arrived.splice(0).reverse()
      setState((before) => (held.current ? hold(before, rows) : take(before, rows)))
    }, drawEvery)
    return () => {
      clearInterval(timer)
      source.close()
    }
  }, [q, on])
  return { ...state, release: () => setState(release), reset: () => setState(emptyTail) }
}

const parsed = <T>(event: MessageEvent): T | undefined => {
  try {
    // The contract's StreamEvents say what each event of this stream carries.
    return JSON.parse(String(event.data)) as T
  } catch {
    return undefined
  }
}
