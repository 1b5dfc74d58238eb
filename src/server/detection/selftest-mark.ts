/** By what the server knows that something was made by a self-test. */
import type { Detection } from '../../model/detection.ts'
import { BulwarkError } from '../../model/error.ts'
import { isObject, jsonOf } from '../../model/json.ts'
import type { Sensor } from '../../model/record.ts'

/** The name in front of the mark, in user agents: `bulwark-selftest/0123456789abcdef (privileged-pod)`. */
export const selftestAgent = 'bulwark-selftest'
/** The source of records that are made up. */
export const selftestSource = 'selftest'

export interface Mark {
  /** Nobody else knows it. */
  readonly marker: string
  /** The namespace that was made for the self-test. */
  readonly namespace: string
}

/**
 * The mark of a user agent (of an Event object: of the component that reports it) cannot be guessed. What sensors tell has
 * none: only a self-test can hand it over as this source, in the namespace that was made for it.
 */
export const isMarked = ({ userAgent, source, target, group }: Detection, { marker, namespace }: Mark): boolean =>
  userAgent.includes(`${selftestAgent}/${marker}`) ||
  (source === selftestSource && (target.namespace || group.namespace) === namespace)

/**
 * A sample of a sensor as it is recorded: whoever reads the record sees that it is made up.
 *
 * Throws BulwarkError REQUEST_INVALID where it is no JSON object.
 */
export const labelled = (sensor: Sensor, text: string): string => {
  const alert = jsonOf(text)
  if (!isObject(alert))
    throw new BulwarkError('REQUEST_INVALID', {
      what: `a sample of ${sensor} is no JSON object`,
      mend: 'Give each as the sensor exports it',
    })
  const tags = Array.isArray(alert.tags) ? alert.tags : []
  return JSON.stringify(sensor === 'falco' ? { ...alert, tags: [...tags, selftestAgent] } : alert)
}
