/** IP addresses and ranges, after Kubernetes v1.37.2 `cel/library/ip.go` and `cidr.go`. Zones and mapped addresses are errors. */
import { type Cidr, cidrContains, cidrCovers, formatCidr, maskedCidr, parseCidr } from '../../apimachinery/cidr.ts'
import {
  bitsOf,
  formatIp,
  type IpAddress,
  isGlobalUnicast,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isMapped,
  isUnspecified,
  parseIp,
} from '../../apimachinery/ip.ts'
import { quote } from '../../apimachinery/quote.ts'
import { type FunctionDeclaration, fn, memberBinary, memberUnary, unary } from '../environment.ts'
import { boolType, intType, opaque, stringType } from '../types.ts'
import { CelError, CelObject, type CelValue, isError, noSuchOverload } from '../values.ts'

export const ipType = opaque('net.IP')
export const cidrType = opaque('net.CIDR')

export class IpValue extends CelObject {
  readonly type = ipType
  readonly ip: IpAddress

  constructor(ip: IpAddress) {
    super()
    this.ip = ip
  }

  equals(other: CelValue): boolean | CelError {
    return other instanceof IpValue
      ? other.ip.family === this.ip.family && other.ip.value === this.ip.value
      : noSuchOverload
  }

  text(): string {
    return formatIp(this.ip)
  }

  override get size(): number {
    return bitsOf(this.ip) / 8
  }
}

export class CidrValue extends CelObject {
  readonly type = cidrType
  readonly cidr: Cidr

  constructor(cidr: Cidr) {
    super()
    this.cidr = cidr
  }

  equals(other: CelValue): boolean | CelError {
    return other instanceof CidrValue ? formatCidr(other.cidr) === formatCidr(this.cidr) : noSuchOverload
  }

  text(): string {
    return formatCidr(this.cidr)
  }

  override get size(): number {
    return Math.ceil(this.cidr.bits / 8)
  }
}

function toIp(text: CelValue = null): IpValue | CelError {
  if (text instanceof CelError) return text
  if (typeof text !== 'string') return noSuchOverload
  const parsed = parseIp(text)
  if (parsed.kind === 'error') {
    return new CelError(
      `IP Address ${quote(text)} parse error during conversion from string: ParseAddr(${quote(text)}): ${parsed.message}`,
    )
  }
  if (parsed.ip.zone !== '') return new CelError(`IP address ${quote(text)} with zone value is not allowed`)
  if (isMapped(parsed.ip)) return new CelError(`IPv4-mapped IPv6 address ${quote(text)} is not allowed`)
  return new IpValue(parsed.ip)
}

function toCidr(text: CelValue = null): CidrValue | CelError {
  if (text instanceof CelError) return text
  if (typeof text !== 'string') return noSuchOverload
  const prefix = 'network address parse error during conversion from string: '
  const parsed = parseCidr(text)
  if (parsed.kind === 'error')
    return new CelError(`${prefix}${prefix}netip.ParsePrefix(${quote(text)}): ${parsed.message}`)
  if (isMapped(parsed.cidr.ip)) return new CelError(`${prefix}IPv4-mapped IPv6 address ${quote(text)} is not allowed`)
  return new CidrValue(parsed.cidr)
}

const test = (name: string, id: string, holds: (ip: IpAddress) => boolean): FunctionDeclaration =>
  fn(
    name,
    memberUnary(id, [ipType], boolType, (value) => (value instanceof IpValue ? holds(value.ip) : noSuchOverload)),
  )

const onCidr =
  (f: (cidr: Cidr) => CelValue) =>
  (value: CelValue = null) =>
    value instanceof CidrValue ? f(value.cidr) : noSuchOverload

/** Upstream forgets why a text is no address: its error here is always the same. */
function containsIp(cidr: CelValue | undefined, ip: CelValue): CelValue {
  return cidr instanceof CidrValue && ip instanceof IpValue ? cidrContains(cidr.cidr, ip.ip) : noSuchOverload
}

function containsCidr(outer: CelValue | undefined, inner: CelValue): CelValue {
  if (isError(inner)) return inner
  return outer instanceof CidrValue && inner instanceof CidrValue ? cidrCovers(outer.cidr, inner.cidr) : noSuchOverload
}

export const networkFunctions: readonly FunctionDeclaration[] = [
  fn(
    'ip',
    unary('string_to_ip', [stringType], ipType, toIp),
    memberUnary(
      'cidr_ip',
      [cidrType],
      ipType,
      onCidr((cidr) => new IpValue(cidr.ip)),
    ),
  ),
  fn(
    'family',
    memberUnary('ip_family', [ipType], intType, (value) =>
      value instanceof IpValue ? BigInt(value.ip.family) : noSuchOverload,
    ),
  ),
  fn(
    'ip.isCanonical',
    unary('ip_is_canonical', [stringType], boolType, (text) => {
      const value = toIp(text)
      return isError(value) ? value : value.text() === text
    }),
  ),
  fn(
    'isIP',
    unary('is_ip', [stringType], boolType, (text) => !isError(toIp(text))),
  ),
  test('isUnspecified', 'ip_is_unspecified', isUnspecified),
  test('isLoopback', 'ip_is_loopback', isLoopback),
  test('isLinkLocalMulticast', 'ip_is_link_local_multicast', isLinkLocalMulticast),
  test('isLinkLocalUnicast', 'ip_is_link_local_unicast', isLinkLocalUnicast),
  test('isGlobalUnicast', 'ip_is_global_unicast', isGlobalUnicast),
  fn(
    'string',
    unary('ip_to_string', [ipType], stringType, (value) => (value instanceof IpValue ? value.text() : noSuchOverload)),
    unary('cidr_to_string', [cidrType], stringType, (value) =>
      value instanceof CidrValue ? value.text() : noSuchOverload,
    ),
  ),
  fn('cidr', unary('string_to_cidr', [stringType], cidrType, toCidr)),
  fn(
    'isCIDR',
    unary('is_cidr', [stringType], boolType, (text) => !isError(toCidr(text))),
  ),
  fn(
    'containsIP',
    memberBinary('cidr_contains_ip_string', [cidrType, stringType], boolType, (cidr, text) =>
      containsIp(cidr, toIp(text)),
    ),
    memberBinary('cidr_contains_ip_ip', [cidrType, ipType], boolType, (cidr, ip = null) => containsIp(cidr, ip)),
  ),
  fn(
    'containsCIDR',
    memberBinary('cidr_contains_cidr_string', [cidrType, stringType], boolType, (cidr, text) =>
      containsCidr(cidr, toCidr(text)),
    ),
    memberBinary('cidr_contains_cidr', [cidrType, cidrType], boolType, (cidr, other = null) =>
      containsCidr(cidr, other),
    ),
  ),
  fn(
    'prefixLength',
    memberUnary(
      'cidr_prefix_length',
      [cidrType],
      intType,
      onCidr((cidr) => BigInt(cidr.bits)),
    ),
  ),
  fn(
    'masked',
    memberUnary(
      'cidr_masked',
      [cidrType],
      cidrType,
      onCidr((cidr) => new CidrValue(maskedCidr(cidr))),
    ),
  ),
]
