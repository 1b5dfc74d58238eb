/** The server's clock, as far as this page knows it: ages and live ranges must not depend on the viewer's clock. */
import { millisOf } from '../url/time.ts'

let ahead = 0

/** Tells what the server's clock showed just now. */
export const setServerNow = (now: string): void => {
  const millis = millisOf(now)
  if (millis > 0) ahead = millis - Date.now()
}

/** The moment it is, in milliseconds, by the server's clock. */
export const serverNow = (): number => Date.now() + ahead
