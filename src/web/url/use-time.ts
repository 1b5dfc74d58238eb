/** The time control's choice, from the URL and into it. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { serverNow } from '../api/clock.ts'
import { statusQuery, type When } from '../api/queries.ts'
import { millisOf, type Range, rfc3339, type TimeChoice, timeChoice, timeSearch } from './time.ts'

export interface Time extends When {
  /** The moment whose state is shown, undefined for now. */
  readonly at: string | undefined
  /** True while the page looks at a past state: nothing may be changed. */
  readonly past: boolean
  /** False while it is not known yet whether this is a recording, whose whole is the range when nobody chose one. */
  readonly ready: boolean
  /** True where a recording is looked at, whose whole is what live means. */
  readonly recording: boolean
  readonly set: (choice: TimeChoice) => void
}

/** The choice of time of the page that is open. */
export const useTime = (): Time => {
  const search = useSearch({ strict: false })
  const navigate = useNavigate()
  const { whole, known, recording } = useWholeRecording()
  const choice = timeChoice(search)
  const at = stateAt(choice)
  return {
    choice,
    whole,
    at,
    past: at !== undefined,
    recording,
    ready: known || choice.kind !== 'live' || choice.last !== undefined,
    set: (next) => {
      void navigate({ to: '.', search: (before) => ({ ...before, ...timeSearch(next) }) })
    },
  }
}

/** The state that belongs to a choice: that moment, or the end of a range that lies in the past. */
export const stateAt = (choice: TimeChoice): string | undefined => {
  if (choice.kind === 'moment') return choice.at
  if (choice.kind === 'range' && millisOf(choice.to) < serverNow()) return choice.to
  return undefined
}

/** The last window of a recording that was told; while the store is restarted the status has none. */
let lastWhole: Range | undefined

const useWholeRecording = (): Pick<Time, 'whole' | 'recording'> & { readonly known: boolean } => {
  const status = useQuery(statusQuery)
  const { mode, record, store } = status.data ?? {}
  if (mode === 'recording' && record) lastWhole = { from: record.from, to: endOf(record.to) }
  const whole = mode === 'recording' ? lastWhole : undefined
  return {
    whole,
    recording: mode === 'recording',
    known: mode === 'live' || whole !== undefined || store?.state === 'ready',
  }
}

/** The end of a half-open range that holds the last record too. */
const endOf = (to: string): string => rfc3339(Math.floor(millisOf(to)) + 1)
