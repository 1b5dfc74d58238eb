import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapedPath, formatUrl, type GoUrl, hostnameOf, parseRequestUri, parseUrl, portOf, queryOf } from './url.ts'

const url = (text: string): GoUrl => {
  const parsed = parseRequestUri(text)
  return parsed.kind === 'url' ? parsed.url : assert.fail(`${text}: ${parsed.message}`)
}

test('host, port, path and query are read as they are written', () => {
  const one = url('https://user:pw@Example.com:8443/a%2Fb/c%20d?x=1&x=2&y=a+b&bad=%zz&z;')
  assert.deepEqual(
    {
      scheme: one.scheme,
      host: one.host,
      hostname: hostnameOf(one),
      port: portOf(one),
      path: escapedPath(one),
      query: [...queryOf(one)],
    },
    {
      scheme: 'https',
      host: 'Example.com:8443',
      hostname: 'Example.com',
      port: '8443',
      path: '/a%2Fb/c%20d',
      query: [
        ['x', ['1', '2']],
        ['y', ['a b']],
      ],
    },
  )
})

test('an IPv6 host keeps its brackets, and loses them in the host name', () => {
  const one = url('http://[::1]:80/')
  assert.deepEqual([one.host, hostnameOf(one), portOf(one)], ['[::1]:80', '::1', '80'])
})

test('what Go cannot read as a request URI is refused', () => {
  const texts = [
    '',
    'example.com',
    '../a',
    'http://[::1',
    'http://a b/',
    'http://a:port/',
    ':x',
    '/%zz',
    'http://\u007f',
  ]
  assert.deepEqual(
    texts.map((text) => parseRequestUri(text).kind),
    texts.map(() => 'error'),
  )
})

test('only a URL that is no request may have a fragment', () => {
  const parsed = parseUrl('http://a/b#c')
  assert.deepEqual(
    [parsed.kind === 'url' && parsed.url.fragment, formatUrl(url('http://a/b#c'))],
    ['c', 'http://a/b%23c'],
  )
})

test('user and host are written anew, as Go encodes them', () => {
  const written: readonly (readonly [string, string])[] = [
    ['http://u@@h', 'http://u%40@h'],
    ['http://u:p:q@h', 'http://u:p%3Aq@h'],
    ['http://ü.de/ä', 'http://%C3%BC.de/%C3%A4'],
    ['http://[fe80::1%25en0]/', 'http://[fe80::1%25en0]/'],
    ['http://us%65r:p@h:80/', 'http://user:p@h:80/'],
  ]
  assert.deepEqual(
    written.map(([text]) => [text, formatUrl(url(text))]),
    written,
  )
})
