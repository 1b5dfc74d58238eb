import { age, clockMillis, inFull, moment } from '../format/dates.ts'
import { millisOf } from '../url/time.ts'
import { useNow } from './use-now.ts'

interface Props {
  readonly time: string
  /** `clock`: with milliseconds, for rows; `moment`: with the day where it is not today; `age`: how long ago. */
  readonly as?: 'clock' | 'moment' | 'age'
}

/** A time in the viewer's zone; UTC and age on hover. */
export const Moment = ({ time, as = 'moment' }: Props) => {
  const now = useNow(as === 'age' ? 1000 : 30_000)
  if (time === '') return <span className="text-faint">–</span>
  const millis = millisOf(time)
  const text = as === 'clock' ? clockMillis(millis) : as === 'age' ? age(millis, now) : moment(millis, now)
  return (
    <time dateTime={time} title={inFull(time, now)} className="whitespace-nowrap">
      {text}
    </time>
  )
}
