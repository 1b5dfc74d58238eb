import { addTraffic, noTraffic, removeTraffic, sizeOf, type Traffic } from './traffic.ts'

/**
 * A union that grows, in parts of which each is more than twice as large as the next. A thousand rules with a port each
 * are united in the time that sorting them takes, where one set that each is added to would be copied a thousand times.
 */
export type Gathering = Traffic[]

/** Adds traffic, and unites parts until each is again more than twice as large as the next. */
export const gather = (parts: Gathering, traffic: Traffic): void => {
  let last = traffic
  for (let before = parts.at(-1); before !== undefined && sizeOf(before) <= 2 * sizeOf(last); before = parts.at(-1)) {
    last = addTraffic(before, last)
    parts.pop()
  }
  parts.push(last)
}

/** All that was added. */
export const gathered = (parts: Gathering): Traffic =>
  parts.reduceRight((rest, part) => addTraffic(part, rest), noTraffic)

/** What of the traffic was not added yet. */
export const notGathered = (parts: Gathering, traffic: Traffic): Traffic => parts.reduce(removeTraffic, traffic)
