/** The time control's choice, from the URL and into it. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { serverNow } from '../api/clock.ts'
import { statusQuery, type When } from '../api/queries.ts'
import { millisOf, type Range, type TimeChoice, timeChoice, timeSearch } from './time.ts'

export interface Time extends When {
  /** The moment whose state is shown, undefined for now. */
  readonly at: string | undefined
  /** True while the page looks at a past state: nothing may be changed. */
  readonly past: boolean
  readonly set: (choice: TimeChoice) => void
}

/** The choice of time of the page that is open. */
export const useTime = (): Time => {
  const search = useSearch({ strict: false })
  const navigate = useNavigate()
  const whole = useWholeRecording()
  const choice = timeChoice(search)
  const at = stateAt(choice)
  return {
    choice,
    whole,
    at,
    past: at !== undefined,
    set: (next) => {
      void navigate({ to: '.', search: (before) => ({ ...before, ...timeSearch(next) }) })
    },
  }
}

/** The state that belongs to a choice: that moment, or the end of a range that lies in the past. */
const stateAt = (choice: TimeChoice): string | undefined => {
  if (choice.kind === 'moment') return choice.at
  if (choice.kind === 'range' && millisOf(choice.to) < serverNow()) return choice.to
  return undefined
}

const useWholeRecording = (): Range | undefined => {
  const status = useQuery({
    ...statusQuery,
    select: ({ mode, record }) =>
      mode === 'recording' && record?.from && record.to ? `${record.from} ${record.to}` : '',
  })
  const [from, to] = (status.data ?? '').split(' ')
  return from && to ? { from, to: endOf(to) } : undefined
}

/** The end of a half-open range that holds the last record too. */
const endOf = (to: string): string => new Date(Math.ceil(millisOf(to) + 1)).toISOString().replace('Z', '000Z')
