import { intersect, type Ranges, subtract, union, unionOf } from './ranges.ts'

export const protocols = ['TCP', 'UDP', 'SCTP'] as const
export type Protocol = (typeof protocols)[number]

/**
 * What can be sent to an endpoint: ports 1 to 65535 of TCP, UDP and SCTP, and the other IP protocols by their number
 * (ICMP is 1). NetworkPolicy leaves the other protocols undefined; a rule without ports is taken to cover them.
 */
export type Traffic = Readonly<Record<Protocol | 'other', Ranges<number>>>

const allPorts: Ranges<number> = [1, 65536]

export const noTraffic: Traffic = { TCP: [], UDP: [], SCTP: [], other: [] }
export const allTraffic: Traffic = {
  TCP: allPorts,
  UDP: allPorts,
  SCTP: allPorts,
  other: [0, 6, 7, 17, 18, 132, 133, 256],
}

/** The ports from `from` to `to`, both included. */
export const portsOf = (protocol: Protocol, from = 1, to = 65535): Traffic => ({
  ...noTraffic,
  [protocol]: intersect(allPorts, from <= to ? [from, to + 1] : []),
})

/** Another IP protocol by its number; empty for those that have ports. */
export const otherProtocol = (number: number): Traffic => ({
  ...noTraffic,
  other: intersect(allTraffic.other, [number, number + 1]),
})

type Combine = (a: Ranges<number>, b: Ranges<number>) => Ranges<number>

const each =
  (combine: Combine) =>
  (a: Traffic, b: Traffic): Traffic => ({
    TCP: combine(a.TCP, b.TCP),
    UDP: combine(a.UDP, b.UDP),
    SCTP: combine(a.SCTP, b.SCTP),
    other: combine(a.other, b.other),
  })

const unite = each(union)
const meet = each(intersect)
const without = each(subtract)

export const addTraffic = (a: Traffic, b: Traffic): Traffic => {
  if (a === noTraffic || b === allTraffic) return b
  return b === noTraffic || a === allTraffic ? a : unite(a, b)
}

/** The union of many, in the time that sorting them takes: one rule may list tens of thousands of ports. */
export const allTrafficOf = (list: readonly Traffic[]): Traffic => {
  if (list.length <= 2) return list.reduce(addTraffic, noTraffic)
  const of = (part: keyof Traffic): Ranges<number> => unionOf(list.flatMap((one) => pairsOf(one[part])))
  return { TCP: of('TCP'), UDP: of('UDP'), SCTP: of('SCTP'), other: of('other') }
}

const pairsOf = (ranges: Ranges<number>): readonly (readonly [number, number])[] => {
  const pairs: (readonly [number, number])[] = []
  for (let index = 0; index + 1 < ranges.length; index += 2) pairs.push([ranges[index] ?? 0, ranges[index + 1] ?? 0])
  return pairs
}

export const commonTraffic = (a: Traffic, b: Traffic): Traffic => {
  if (a === noTraffic || b === allTraffic) return a
  return b === noTraffic || a === allTraffic ? b : meet(a, b)
}

export const removeTraffic = (a: Traffic, b: Traffic): Traffic => {
  if (a === noTraffic || b === allTraffic) return noTraffic
  return b === noTraffic ? a : without(a, b)
}

/** How many bounds its ranges have. */
export const sizeOf = ({ TCP, UDP, SCTP, other }: Traffic): number =>
  TCP.length + UDP.length + SCTP.length + other.length

export const isNoTraffic = (traffic: Traffic): boolean => sizeOf(traffic) === 0

/** Equal for equal traffic. */
export const trafficKey = ({ TCP, UDP, SCTP, other }: Traffic): string =>
  `${TCP.join()};${UDP.join()};${SCTP.join()};${other.join()}`

/** `all`, `none`, or `TCP 80,443,8000-8999; UDP all`. */
export const formatTraffic = (traffic: Traffic): string => {
  const key = trafficKey(traffic)
  if (key === trafficKey(allTraffic)) return 'all'
  const parts = protocols.flatMap((protocol) => {
    const ports = traffic[protocol]
    return ports.length === 0 ? [] : [`${protocol} ${formatRanges(ports)}`]
  })
  if (traffic.other.join() === allTraffic.other.join()) parts.push('other protocols')
  else if (traffic.other.length > 0) parts.push(`IP protocol ${formatRanges(traffic.other)}`)
  return parts.length === 0 ? 'none' : parts.join('; ')
}

const formatRanges = (ranges: Ranges<number>): string => {
  if (ranges.join() === allPorts.join()) return 'all'
  const texts: string[] = []
  for (let index = 0; index + 1 < ranges.length; index += 2) {
    const from = ranges[index] ?? 0
    const last = (ranges[index + 1] ?? 0) - 1
    texts.push(from === last ? `${from}` : `${from}-${last}`)
  }
  return texts.join(',')
}
