import { useEffect, useState } from 'react'
import { serverNow } from '../api/clock.ts'

/** The server's now in milliseconds, renewed every `everyMillis`. */
export const useNow = (everyMillis = 1000): number => {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMillis)
    return () => clearInterval(timer)
  }, [everyMillis])
  return now
}
