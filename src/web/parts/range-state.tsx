import type { ReactNode } from 'react'
import { messages } from '../messages.ts'
import type { Time } from '../url/use-time.ts'
import { Moment } from './Moment.tsx'

/** Says of which moment a page of the state speaks when a range was chosen; undefined where that needs no saying. */
export const rangeState = (time: Time): ReactNode =>
  time.choice.kind === 'range' && time.at ? (
    <span className="text-past">
      {messages.time.stateAt} <Moment time={time.at} />
      {messages.time.endOfRange}
    </span>
  ) : undefined
