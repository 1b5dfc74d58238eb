import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inRanges } from './ranges.ts'
import { addressesOf } from './tests.ts'

const isIn = (cidrs: readonly string[], text: string): boolean => addressesOf([text]).some(inRanges(cidrs))

test('the first and the last address of a range are in it, those beside it are not', () => {
  const cidrs = ['10.0.0.0/8', '192.168.4.0/22', '2001:db8::/32']
  for (const text of ['10.0.0.0', '10.255.255.255', '192.168.4.0', '192.168.7.255', '2001:db8::', '2001:db8:ffff::1'])
    assert.equal(isIn(cidrs, text), true, text)
  for (const text of ['9.255.255.255', '11.0.0.0', '192.168.3.255', '192.168.8.0', '2001:db9::', '::a00:1', 'x', ''])
    assert.equal(isIn(cidrs, text), false, text)
})

test('ranges that touch, overlap or hold each other are one', () => {
  const cidrs = ['10.1.0.0/16', '10.0.0.0/16', '10.0.7.0/24', '10.1.0.0/16', '0.0.0.0/32']
  for (const text of ['10.0.0.0', '10.0.255.255', '10.1.0.0', '10.1.255.255', '0.0.0.0'])
    assert.equal(isIn(cidrs, text), true, text)
  assert.equal(isIn(cidrs, '10.2.0.0'), false)
})

test('an IPv4 address within IPv6 is in ranges of both, and host bits of a range do not count', () => {
  assert.equal(isIn(['10.9.9.9/8'], '::ffff:10.1.2.3'), true)
  assert.equal(isIn(['::ffff:10.0.0.0/104'], '10.1.2.3'), true)
  assert.equal(isIn(['::ffff:0:0/96'], '::ffff:10.1.2.3'), true)
  assert.equal(isIn(['0.0.0.0/0'], 'fe80::1%eth0'), false)
  assert.equal(isIn(['::/0'], 'fe80::1%eth0'), false)
  assert.equal(isIn(['::/0'], '10.1.2.3'), false)
})
