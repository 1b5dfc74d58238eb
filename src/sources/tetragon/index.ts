import type { Append, Source } from '../../model/source.ts'
import { type FileTailOptions, fileSource } from '../intake/file-tail.ts'
import { type Glance, lastMoment, occurrences } from '../intake/glance.ts'
import { type ReceiverOptions, type ReceiverSource, receiverSource } from '../intake/receiver.ts'

export { parseTetragon, readTetragonEvent } from './parse.ts'

const glance = (bytes: Buffer): Glance => {
  // One event has one of these, whatever else it has; a line of text within JSON has its quotes escaped.
  const plain = occurrences(bytes, '"node_name"')
  const events = plain > 0 ? plain : occurrences(bytes, '\\"node_name\\"') || occurrences(bytes, '"process_')
  return { isExpected: events > 0, events, newest: lastMoment(bytes, 'time') }
}

// Every program that starts anywhere on a node is an event.
const silentMicros = 600_000_000

/**
 * A source that listens for exported events, as a log shipper sends them (Fluent Bit's or Vector's HTTP output).
 *
 * @throws BulwarkError CONFIG_INVALID for an open receiver on an address that others reach; from `start`, PORT_IN_USE.
 */
export const tetragonSource = (options: ReceiverOptions, append: Append): ReceiverSource =>
  receiverSource(
    {
      stream: 'tetragon',
      type: 'tetragon',
      name: 'the receiver of Tetragon',
      expected: 'events of Tetragon',
      glance,
      silentMicros,
    },
    options,
    append,
  )

/** A source that follows the file that Tetragon exports to. */
export const tetragonFileSource = (options: FileTailOptions, append: Append): Source =>
  fileSource(
    {
      stream: 'tetragon',
      type: 'tetragon-file',
      ask: "is it Tetragon's export-filename?",
      glance,
      silentMicros,
    },
    options,
    append,
  )
