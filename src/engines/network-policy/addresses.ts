import { parseCidr } from '../apimachinery/cidr.ts'
import { bitsOf, formatIp, type IpAddress, isMapped, parseIp } from '../apimachinery/ip.ts'
import { type Ranges, unionOf } from './ranges.ts'

/** Addresses of both families on one line of numbers: IPv4 as they are, IPv6 beyond a gap, so that no range spans both. */
const v6Start = 1n << 33n
const v4: Ranges<bigint> = [0n, 1n << 32n]
const v6: Ranges<bigint> = [v6Start, v6Start + (1n << 128n)]

export const allAddresses: Ranges<bigint> = [...v4, ...v6]
export const ipv4Addresses = v4
export const ipv6Addresses = v6

const place = (ip: IpAddress): bigint => {
  if (ip.family === 4) return ip.value
  return isMapped(ip) ? ip.value & 0xffffffffn : v6Start + ip.value
}

/** The place of an address on the line; undefined where the text is none. */
export const readAddress = (text: string): bigint | undefined => {
  const parsed = parseIp(text)
  return parsed.kind === 'ip' ? place(parsed.ip) : undefined
}

/** The addresses of a CIDR, host bits ignored; undefined where the text is none. */
export const readCidr = (text: string): Ranges<bigint> | undefined => {
  const parsed = parseCidr(text)
  if (parsed.kind === 'error') return undefined
  const { ip, bits } = parsed.cidr
  const size = 1n << BigInt(bitsOf(ip) - bits)
  const from = (ip.value / size) * size + (ip.family === 4 ? 0n : v6Start)
  return [from, from + size]
}

/** The union of blocks less the exceptions; which texts are no CIDR is told to `bad` with their index. */
export const readCidrs = (texts: readonly string[], bad: (text: string, index: number) => void): Ranges<bigint> =>
  unionOf(
    texts.flatMap((text, index) => {
      const [from, end] = readCidr(text) ?? []
      if (from !== undefined && end !== undefined) return [[from, end] as const]
      bad(text, index)
      return []
    }),
  )

export const formatAddress = (address: bigint): string =>
  formatIp(
    address < v6Start ? { family: 4, value: address, zone: '' } : { family: 6, value: address - v6Start, zone: '' },
  )

/** `10.0.0.0-10.255.255.255` for each interval. */
export const formatAddresses = (ranges: Ranges<bigint>): readonly string[] => {
  const texts: string[] = []
  for (let index = 0; index + 1 < ranges.length; index += 2) {
    const from = ranges[index] ?? 0n
    const last = (ranges[index + 1] ?? 0n) - 1n
    texts.push(from === last ? formatAddress(from) : `${formatAddress(from)}-${formatAddress(last)}`)
  }
  return texts
}
