import { readFileSync } from 'node:fs'
import type { EventObject } from '../../src/engines/falco/index.ts'
import { parseExactly } from '../../src/engines/falco/index.ts'

/** The audit events of a file of JSON lines, as the k8saudit plugin reads them: events and lists of events. */
export const readEvents = (path: string): readonly EventObject[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      const reading = parseExactly(line)
      if (reading.kind === 'bad') throw new Error(`${path}: ${reading.why} at ${reading.at}`)
      const { event } = reading
      if (event.kind !== 'EventList') return [event]
      return Array.isArray(event.items) ? event.items : []
    })
