/** Address ranges in CIDR notation, as Go's `net/netip` reads them. Host bits are kept until {@link maskedCidr}. */
import { bitsOf, formatIp, type IpAddress, parseIp } from './ip.ts'
import { quote } from './quote.ts'

export interface Cidr {
  readonly ip: IpAddress
  readonly bits: number
}

export type ParsedCidr =
  | { readonly kind: 'cidr'; readonly cidr: Cidr }
  /** `message` without the `netip.ParsePrefix("…"): ` that Go puts before it. */
  | { readonly kind: 'error'; readonly message: string }

/** Reads a range as `netip.ParsePrefix` does. */
export function parseCidr(text: string): ParsedCidr {
  const slash = text.lastIndexOf('/')
  if (slash < 0) return { kind: 'error', message: "no '/'" }
  const address = text.slice(0, slash)
  const parsed = parseIp(address)
  if (parsed.kind === 'error') return { kind: 'error', message: `ParseAddr(${quote(address)}): ${parsed.message}` }
  if (parsed.ip.zone !== '') return { kind: 'error', message: 'IPv6 zones cannot be present in a prefix' }
  const digits = text.slice(slash + 1)
  if (!/^(?:0|[1-9][0-9]*)$/.test(digits)) return { kind: 'error', message: `bad bits after slash: ${quote(digits)}` }
  const bits = Number(digits)
  if (bits > bitsOf(parsed.ip)) return { kind: 'error', message: 'prefix length out of range' }
  return { kind: 'cidr', cidr: { ip: parsed.ip, bits } }
}

export const formatCidr = (cidr: Cidr): string => `${formatIp(cidr.ip)}/${cidr.bits}`

/** The leading bits of an address; the others are zero. */
const leading = (ip: IpAddress, bits: number): bigint => {
  const rest = BigInt(bitsOf(ip) - bits)
  return (ip.value >> rest) << rest
}

export const maskedCidr = (cidr: Cidr): Cidr => ({
  ip: { ...cidr.ip, value: leading(cidr.ip, cidr.bits) },
  bits: cidr.bits,
})

/** An IPv4 range holds no IPv6 address, nor the other way round; a scoped address is in no range. */
export const cidrContains = (cidr: Cidr, ip: IpAddress): boolean =>
  cidr.ip.family === ip.family && ip.zone === '' && leading(cidr.ip, cidr.bits) === leading(ip, cidr.bits)

/** True where every address of `inner` is in `outer`. */
export const cidrCovers = (outer: Cidr, inner: Cidr): boolean =>
  outer.bits <= inner.bits && cidrContains(outer, inner.ip)
