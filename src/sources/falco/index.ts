import type { Append, Source } from '../../model/source.ts'
import { type FileTailOptions, fileSource } from '../intake/file-tail.ts'
import { type Glance, lastMoment, occurrences } from '../intake/glance.ts'
import { type ReceiverOptions, type ReceiverSource, receiverSource } from '../intake/receiver.ts'

export { parseFalco, readFalcoAlert } from './parse.ts'

const glance = (bytes: Buffer): Glance => {
  const events = occurrences(bytes, '"rule"')
  return { isExpected: events > 0, events, newest: lastMoment(bytes, 'time') }
}

// Falco speaks only when a rule of its matches: its quiet says nothing.
const silentMicros = undefined

/**
 * A source that listens for alerts, from Falco's `http_output` or falcosidekick's webhook.
 *
 * @throws BulwarkError CONFIG_INVALID for an open receiver on an address that others reach; from `start`, PORT_IN_USE.
 */
export const falcoSource = (options: ReceiverOptions, append: Append): ReceiverSource =>
  receiverSource(
    {
      stream: 'falco',
      type: 'falco',
      name: 'the receiver of Falco',
      expected: 'alerts of Falco',
      glance,
      silentMicros,
    },
    options,
    append,
  )

/** A source that follows the file of Falco's `file_output`. */
export const falcoFileSource = (options: FileTailOptions, append: Append): Source =>
  fileSource(
    { stream: 'falco', type: 'falco-file', ask: "is it the filename of Falco's file_output?", glance, silentMicros },
    options,
    append,
  )
