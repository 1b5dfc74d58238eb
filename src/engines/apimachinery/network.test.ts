import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Cidr, cidrContains, cidrCovers, formatCidr, maskedCidr, parseCidr } from './cidr.ts'
import { formatIp, type IpAddress, parseIp } from './ip.ts'

const ip = (text: string): IpAddress => {
  const parsed = parseIp(text)
  return parsed.kind === 'ip' ? parsed.ip : assert.fail(`${text}: ${parsed.message}`)
}

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text)
  return parsed.kind === 'cidr' ? parsed.cidr : assert.fail(`${text}: ${parsed.message}`)
}

test('addresses are written in their canonical form', () => {
  const texts = ['10.0.0.1', '2001:DB8:0:0:1:0:0:1', '::', '::FFFF:1.2.3.4', '0:0:0:0:0:0:0:1', 'fe80::1%eth0', '1::']
  assert.deepEqual(
    texts.map((text) => formatIp(ip(text))),
    ['10.0.0.1', '2001:db8::1:0:0:1', '::', '::ffff:1.2.3.4', '::1', 'fe80::1%eth0', '1::'],
  )
})

test('short forms, leading zeros and other loose spellings are no addresses', () => {
  const texts = [
    '',
    '1.2.3',
    '01.2.3.4',
    '1.2.3.256',
    '1.2.3.4.5',
    '0x1.2.3.4',
    ':::',
    '1:2:3',
    '::1%',
    ' ::1',
    '1::2::3',
  ]
  assert.deepEqual(
    texts.map((text) => parseIp(text).kind),
    texts.map(() => 'error'),
  )
})

test('what is no range is refused', () => {
  const texts = ['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/08', '10.0.0.0/+8', '10.0.0.0/', '/8', 'fe80::1%e/64']
  assert.deepEqual(
    texts.map((text) => parseCidr(text).kind),
    texts.map(() => 'error'),
  )
})

test('a range holds the addresses of its family with its leading bits', () => {
  const holds = (range: string, address: string): boolean => cidrContains(cidr(range), ip(address))
  assert.deepEqual(
    [
      holds('10.0.0.0/8', '10.255.0.1'),
      holds('10.0.0.0/8', '11.0.0.0'),
      holds('0.0.0.0/0', '::1'),
      holds('::/0', '1.2.3.4'),
      holds('2001:db8::/32', '2001:db8:ffff::'),
      holds('fe80::/10', 'fe80::1%eth0'),
    ],
    [true, false, false, false, true, false],
  )
})

const address = fc.oneof(fc.ipV4(), fc.ipV6())
const range = fc.oneof(
  fc.tuple(fc.ipV4(), fc.nat(32)).map(([text, bits]) => `${text}/${bits}`),
  fc.tuple(fc.ipV6(), fc.nat(128)).map(([text, bits]) => `${text}/${bits}`),
)

test('writing and reading an address or a range gives it back', () => {
  fc.assert(fc.property(address, (text) => assert.deepEqual(ip(formatIp(ip(text))), ip(text))))
  fc.assert(fc.property(range, (text) => assert.deepEqual(cidr(formatCidr(cidr(text))), cidr(text))))
})

test('a range covers itself, its masked form, and only ranges whose address it holds', () => {
  fc.assert(
    fc.property(range, range, (left, right) => {
      const [a, b] = [cidr(left), cidr(right)]
      assert.ok(cidrCovers(a, a) && cidrCovers(a, maskedCidr(a)) && cidrCovers(maskedCidr(a), a))
      if (cidrCovers(a, b)) assert.ok(cidrContains(a, b.ip) && a.bits <= b.bits)
    }),
  )
})
