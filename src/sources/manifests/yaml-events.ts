import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml'

/** Where an event begins in the text, with the quote of a quoted scalar. */
export const offsetOf = (event: Event): number => {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return event.style === SCALAR_STYLE.PLAIN || !isQuoted(event) ? event.valueStart : event.valueStart - 1
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return event.start
    default:
      return 0
  }
}

const isQuoted = (event: ScalarEvent): boolean =>
  event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED

/** The key of a pair as a text, where it is a scalar. */
export const keyText = (source: string, event: Event | undefined): string | undefined =>
  event?.type === EVENT_ID.SCALAR ? getScalarValue(source, event) : undefined

/** The pairs of a mapping: indexes of the events of key and value. */
export function* pairsOf(
  events: readonly Event[],
  mapping: number,
): Generator<{ readonly key: number; readonly value: number }> {
  for (let at = mapping + 1; at < events.length && events[at]?.type !== EVENT_ID.POP; ) {
    const value = afterNode(events, at)
    yield { key: at, value }
    at = afterNode(events, value)
  }
}

/** The items of a list: indexes of their events. */
export function* itemsOf(events: readonly Event[], sequence: number): Generator<number> {
  for (let at = sequence + 1; at < events.length && events[at]?.type !== EVENT_ID.POP; at = afterNode(events, at))
    yield at
}

/** The index of the event after a whole node. */
const afterNode = (events: readonly Event[], node: number): number => {
  let depth = 0
  for (let at = node; at < events.length; at += 1) {
    const type = events[at]?.type
    if (type === EVENT_ID.SEQUENCE || type === EVENT_ID.MAPPING) depth += 1
    else if (type === EVENT_ID.POP) depth -= 1
    if (depth <= 0) return at + 1
  }
  return events.length
}
