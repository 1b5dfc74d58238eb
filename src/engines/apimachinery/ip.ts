/** IP addresses, as strict as Go's `net/netip`: no leading zeros, no short forms. Source: go1.26 `net/netip/netip.go`. */

import { quote } from './quote.ts'

/** An address: 4 or 16 bytes as a number, and the zone of a scoped IPv6 address. */
export interface IpAddress {
  readonly family: 4 | 6
  readonly value: bigint
  readonly zone: string
}

export type ParsedIp =
  | { readonly kind: 'ip'; readonly ip: IpAddress }
  /** `message` without the `ParseAddr("…"): ` that Go puts before it. */
  | { readonly kind: 'error'; readonly message: string }

export const bitsOf = (ip: IpAddress): 32 | 128 => (ip.family === 4 ? 32 : 128)

/** Reads an address as `netip.ParseAddr` does. */
export function parseIp(text: string): ParsedIp {
  const first = /[.:%]/.exec(text)?.[0]
  if (first === '.') {
    const bytes = parseV4(text)
    return typeof bytes === 'string' ? refused(bytes) : { kind: 'ip', ip: { family: 4, value: bytes, zone: '' } }
  }
  if (first === ':') return parseV6(text)
  return refused(first === '%' ? 'missing IPv6 address' : 'unable to parse IP')
}

const refused = (message: string): ParsedIp => ({ kind: 'error', message })
const at = (message: string, rest: string): string => `${message} (at ${quote(rest)})`

function parseV4(text: string): bigint | string {
  let value = 0n
  let octet = 0
  let digits = 0
  let fields = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? ''
    if (character >= '0' && character <= '9') {
      if (digits === 1 && octet === 0) return 'IPv4 field has octet with leading zero'
      octet = octet * 10 + Number(character)
      digits++
      if (octet > 255) return 'IPv4 field has value >255'
    } else if (character === '.') {
      if (i === 0 || i === text.length - 1 || text[i - 1] === '.')
        return at('IPv4 field must have at least one digit', text.slice(i))
      if (fields === 3) return 'IPv4 address too long'
      value = (value << 8n) | BigInt(octet)
      fields++
      octet = 0
      digits = 0
    } else return at('unexpected character', text.slice(i))
  }
  return fields < 3 ? 'IPv4 address too short' : (value << 8n) | BigInt(octet)
}

function parseV6(text: string): ParsedIp {
  const percent = text.indexOf('%')
  const zone = percent < 0 ? '' : text.slice(percent + 1)
  if (percent >= 0 && zone === '') return refused('zone must be a non-empty string')
  let rest = percent < 0 ? text : text.slice(0, percent)
  const groups: number[] = []
  let gap = -1
  if (rest.startsWith('::')) {
    gap = 0
    rest = rest.slice(2)
  }
  while (groups.length < 8 && rest !== '') {
    const hex = /^[0-9a-fA-F]*/.exec(rest)?.[0] ?? ''
    if (hex === '') return refused(at('each colon-separated field must have at least one digit', rest))
    if (hex.length > 4 && !rest.slice(hex.length).startsWith('.'))
      return refused(at('each group must have 4 or less digits', rest))
    const after = rest.slice(hex.length)
    if (after.startsWith('.')) {
      const problem = embedV4(groups, gap, rest)
      if (problem !== undefined) return refused(problem)
      rest = ''
      break
    }
    groups.push(Number.parseInt(hex, 16))
    if (after === '') {
      rest = ''
      break
    }
    if (!after.startsWith(':')) return refused(at('unexpected character, want colon', after))
    if (after.length === 1) return refused(at('colon must be followed by more characters', after))
    rest = after.slice(1)
    if (rest.startsWith(':')) {
      if (gap >= 0) return refused(at('multiple :: in address', rest))
      gap = groups.length
      rest = rest.slice(1)
    }
  }
  if (rest !== '') return refused(at('trailing garbage after address', rest))
  if (groups.length < 8 && gap < 0) return refused('address string too short')
  if (groups.length === 8 && gap >= 0) return refused('the :: must expand to at least one field of zeros')
  const zeros = new Array<number>(8 - groups.length).fill(0)
  const full = gap < 0 ? groups : [...groups.slice(0, gap), ...zeros, ...groups.slice(gap)]
  return { kind: 'ip', ip: { family: 6, value: full.reduce((v, g) => (v << 16n) | BigInt(g), 0n), zone } }
}

function embedV4(groups: number[], gap: number, rest: string): string | undefined {
  if (gap < 0 && groups.length !== 6)
    return at('embedded IPv4 address must replace the final 2 fields of the address', rest)
  if (groups.length > 6) return at('too many hex fields to fit an embedded IPv4 at the end of the address', rest)
  const value = parseV4(rest)
  if (typeof value === 'string') return value
  groups.push(Number(value >> 16n), Number(value & 0xffffn))
  return undefined
}

/** An IPv4 address inside IPv6, `::ffff:1.2.3.4`. */
export const isMapped = (ip: IpAddress): boolean => ip.family === 6 && ip.value >> 32n === 0xffffn

/** The canonical text: IPv6 in lower case, with the first of the longest runs of zeros left out. */
export function formatIp(ip: IpAddress): string {
  if (ip.family === 4) return formatV4(ip.value)
  const zone = ip.zone === '' ? '' : `%${ip.zone}`
  if (isMapped(ip)) return `::ffff:${formatV4(ip.value & 0xffffffffn)}${zone}`
  const groups = Array.from({ length: 8 }, (_, i) => Number((ip.value >> BigInt(112 - 16 * i)) & 0xffffn))
  const { start, length } = longestZeros(groups)
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  if (length < 2) return hex(groups) + zone
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}${zone}`
}

const formatV4 = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')

function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > best.length) best = { start, length }
  }
  return best
}

export const isUnspecified = (ip: IpAddress): boolean => ip.value === 0n && ip.zone === ''
export const isLoopback = (ip: IpAddress): boolean => (ip.family === 4 ? ip.value >> 24n === 127n : ip.value === 1n)
const isMulticast = (ip: IpAddress): boolean =>
  ip.family === 4 ? ip.value >> 28n === 0xen : ip.value >> 120n === 0xffn
export const isLinkLocalMulticast = (ip: IpAddress): boolean =>
  ip.family === 4 ? ip.value >> 8n === 0xe00000n : ((ip.value >> 112n) & 0xff0fn) === 0xff02n
export const isLinkLocalUnicast = (ip: IpAddress): boolean =>
  ip.family === 4 ? ip.value >> 16n === 0xa9fen : ip.value >> 118n === 0x3fan
export const isGlobalUnicast = (ip: IpAddress): boolean =>
  !isUnspecified(ip) &&
  !(ip.family === 4 && ip.value === 0xffffffffn) &&
  !isLoopback(ip) &&
  !isMulticast(ip) &&
  !isLinkLocalUnicast(ip)
