import { parseCidr } from '../apimachinery/cidr.ts'
import { bitsOf, type IpAddress, isMapped } from '../apimachinery/ip.ts'

/** True of addresses in one of the ranges. Ranges that lie side by side are one, so that many cost hardly more. */
export const inRanges = (cidrs: readonly string[]): ((ip: IpAddress) => boolean) => {
  const spans = { 4: merged(cidrs, 4), 6: merged(cidrs, 6) }
  return (ip) =>
    ip.zone === '' &&
    // IPv4 within IPv6 is an address of both.
    (within(spans[ip.family], ip.value) || (isMapped(ip) && within(spans[4], unmapped(ip).value)))
}

/** First and last address of a range. */
type Span = readonly [bigint, bigint]

const merged = (cidrs: readonly string[], family: 4 | 6): readonly Span[] => {
  const spans: [bigint, bigint][] = []
  for (const [low, high] of cidrs.flatMap((text) => spanOf(text, family)).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const last = spans.at(-1)
    if (last === undefined || low > last[1] + 1n) spans.push([low, high])
    else if (high > last[1]) last[1] = high
  }
  return spans
}

const spanOf = (text: string, family: 4 | 6): readonly Span[] => {
  const parsed = parseCidr(text)
  if (parsed.kind === 'error') return []
  const { ip, bits } = parsed.cidr
  const isV4 = isMapped(ip) && bits >= 96
  const address = isV4 ? unmapped(ip) : ip
  if (address.family !== family) return []
  const rest = BigInt(bitsOf(address) - (isV4 ? bits - 96 : bits))
  const low = (address.value >> rest) << rest
  return [[low, low + (1n << rest) - 1n]]
}

const within = (spans: readonly Span[], value: bigint): boolean => {
  let [from, to] = [0, spans.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    const [low, high] = spans[middle] ?? [0n, -1n]
    if (value < low) to = middle
    else if (value > high) from = middle + 1
    else return true
  }
  return false
}

const unmapped = (ip: IpAddress): IpAddress => ({ family: 4, value: ip.value & 0xffffffffn, zone: '' })
