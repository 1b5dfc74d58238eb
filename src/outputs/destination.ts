/**
 * Where outputs may connect to. Addresses come from people's settings, and a wrong one would make Bulwark a way into the
 * network that it watches: so each connection goes to an address that was looked at first, and to no other.
 */
import { lookup as lookUp } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { BulwarkError } from '../model/error.ts'
import { DeliveryFailure } from './output.ts'

/** Hosts and networks inside that the user allows: `alertmanager.monitoring.svc`, `10.96.4.1`, `10.96.0.0/12`. */
export interface Allowed {
  /** Names, and addresses that stand alone: what is sent to without TLS as well. */
  readonly hosts: ReadonlySet<string>
  readonly networks: BlockList
}

/** Addresses that are nobody's out there: this machine, private networks, metadata services, multicast (IANA registries). */
const inside = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  inside.addSubnet(network, bits, 'ipv4')
/** Of IPv6 only global unicast is out there; of it not what stands for an IPv4 address by translation or tunnel. */
const outside6 = new BlockList()
outside6.addSubnet('2000::', 3, 'ipv6')
const translated = new BlockList()
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  translated.addSubnet(network, bits, 'ipv6')

/** Reads the list `allow` of the settings. Throws OUTPUT_REFUSED. */
export const allowed = (entries: readonly string[]): Allowed => {
  const hosts = new Set<string>()
  const networks = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const version = isIP(address)
    if (version === 0 && bits === undefined && /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(entry)) {
      hosts.add(entry.toLowerCase())
      continue
    }
    const most = version === 6 ? 128 : 32
    const length = bits === undefined ? most : Number(bits)
    if (version === 0 || !/^\d{1,3}$/.test(bits ?? '0') || length > most) {
      throw new BulwarkError('OUTPUT_REFUSED', {
        what: `"${entry}" is neither a host name nor a network`,
        where: 'allow',
        mend: 'Write a name such as alertmanager.monitoring.svc, or a network such as 10.96.0.0/12',
      })
    }
    if (bits === undefined) hosts.add(address.toLowerCase())
    networks.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4')
  }
  return { hosts, networks }
}

/** Throws DeliveryFailure, for good, where a host is not allowed by itself: only such are sent to without TLS. */
export const checkPlain = (host: string, allow: Allowed): void => {
  if (isNamed(host, allow)) return
  throw new DeliveryFailure(`${host} is not sent to without TLS: name it under "allow" if it is meant`, {
    retry: false,
  })
}

/** `host` as it stands in a URL or a setting. */
const isNamed = (host: string, { hosts }: Allowed): boolean => hosts.has(bareHost(host).toLowerCase())

const bareHost = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

/** True for an address that may be connected to. IPv4 written as IPv6 is looked at as IPv4. */
export const mayConnect = (address: string, { networks }: Allowed): boolean => {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
  if (isIP(plain) === 4) return networks.check(plain, 'ipv4') || !inside.check(plain, 'ipv4')
  if (networks.check(plain, 'ipv6')) return true
  // `::ffff:7f00:1` and other forms of mapped addresses lie outside of 2000::/3.
  return outside6.check(plain, 'ipv6') && !translated.check(plain, 'ipv6')
}

/** Asks the name servers for the addresses of a host. */
export type Lookup = (
  host: string,
  options: { readonly all: true; readonly order: 'verbatim' },
) => Promise<readonly { readonly address: string; readonly family: number }[]>

/** A name server that hangs is waited for no longer than the other side of a connection. */
const lookupMillis = 5000

/**
 * The one address that a host is connected by, looked up once, so that a second answer of the name server cannot lead
 * elsewhere. Throws DeliveryFailure: for good where the address is inside and not allowed.
 */
export const addressOf = async (
  host: string,
  allow: Allowed,
  lookup: Lookup = lookUp,
  millis = lookupMillis,
): Promise<{ readonly address: string; readonly family: 4 | 6 }> => {
  const bare = bareHost(host)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const what = `no name server told in ${millis / 1000} s where ${bare} is`
    timer = setTimeout(() => reject(new DeliveryFailure(what, { retry: true })), millis)
  })
  const asked = lookup(bare, { all: true, order: 'verbatim' }).catch((cause: unknown) => {
    throw new DeliveryFailure(`the name ${bare} cannot be looked up`, { retry: true, cause })
  })
  const found = await Promise.race([asked, late]).finally(() => clearTimeout(timer))
  const good = found.find(({ address }) => isNamed(bare, allow) || mayConnect(address, allow))
  if (good === undefined) {
    throw new DeliveryFailure(
      `${bare} is ${found[0]?.address ?? 'nowhere'}, an address inside: name it under "allow" if it is meant`,
      { retry: false },
    )
  }
  return { address: good.address, family: good.family === 6 ? 6 : 4 }
}
