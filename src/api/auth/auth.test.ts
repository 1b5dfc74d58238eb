import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterView } from '../../posture/cluster-view.ts'
import { Posture } from '../../posture/posture.ts'
import { ClusterState } from '../../state/cluster-state.ts'
import { createApi } from '../api.ts'
import { fixtureNow, fixtureServices } from '../fixture.ts'
import { type AuthSettings, createAuth } from './auth.ts'
import { isOurHost } from './guard.ts'

const token = 'the-token-of-this-test'
const base = 'http://127.0.0.1:7300'
const hour = 3_600_000

const start = (settings: Partial<AuthSettings> = {}) => {
  const clock = { now: 0 }
  const auth = createAuth({
    token,
    loopback: true,
    https: false,
    hosts: [],
    linkCommand: 'npx bulwark link',
    now: () => clock.now,
    ...settings,
  })
  const view = clusterView(new Posture(new ClusterState()), fixtureNow, [])
  const api = createApi({ services: fixtureServices({ clusterAt: async () => view }), auth, webDir: '/nowhere' })
  const ask = async (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET', body?: string) =>
    api.request(`${base}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
  /** Signs in as a browser does, and gives the cookie that it would send. */
  const signIn = async (): Promise<string> => {
    const response = await ask(auth.newLinkPath())
    assert.equal(response.status, 200)
    return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  }
  return { auth, ask, signIn, clock }
}

test('a link signs a browser in, once', async () => {
  const { auth, ask } = start()
  const link = auth.newLinkPath()
  const first = await ask(link)
  const cookie = first.headers.get('set-cookie') ?? ''
  assert.match(cookie, /^bulwark-7300=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  assert.match(await first.text(), /url=\//)
  assert.equal((await ask('/api/v1/status', { cookie: cookie.split(';')[0] ?? '' })).status, 200)
  const second = await ask(link)
  assert.deepEqual([second.status, second.headers.get('set-cookie')], [401, null])
  assert.match(await second.text(), /This link was used already, or is of an earlier start.*npx bulwark link/s)
})

test('a used link leads somebody who is signed in to the page', async () => {
  const { auth, ask } = start()
  const link = auth.newLinkPath()
  const cookie = ((await ask(link)).headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const again = await ask(link, { cookie })
  assert.deepEqual([again.status, again.headers.get('location')], [303, '/'])
})

test('who is not signed in is told how to get a link', async () => {
  const response = await start().ask('/api/v1/status')
  assert.deepEqual(
    [response.status, await response.json()],
    [
      401,
      {
        error: {
          code: 'UNAUTHENTICATED',
          what: 'not signed in, or the session has ended',
          mend: 'Open a new link: npx bulwark link prints one. Programs send "Authorization: Bearer TOKEN"',
        },
      },
    ],
  )
})

const credentials: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
  ['the token', { authorization: `Bearer ${token}` }, 200],
  ['the token, however the scheme is written', { authorization: `bearer ${token}` }, 200],
  ['a part of the token', { authorization: `Bearer ${token.slice(0, -1)}` }, 401],
  ['more than the token', { authorization: `Bearer ${token}x` }, 401],
  ['an empty token', { authorization: 'Bearer ' }, 401],
  ['another scheme', { authorization: `Basic ${token}` }, 401],
  ['two tokens', { authorization: `Bearer x ${token}` }, 401],
  ['a session that never was', { cookie: 'bulwark-7300=AAAA' }, 401],
  ['the token as a cookie', { cookie: `bulwark-7300=${token}` }, 401],
]
for (const [name, headers, status] of credentials) {
  test(`${name} is answered with ${status}`, async () => {
    assert.equal((await start().ask('/api/v1/status', headers)).status, status)
  })
}

const ages: readonly (readonly [string, boolean, readonly number[], number])[] = [
  ['on loopback a session lasts over a night', true, [20], 200],
  ['on loopback it ends after a day without a request', true, [24], 401],
  ['on loopback it ends after a week in any case', true, Array(8).fill(23), 401],
  ['elsewhere it ends after half an hour without a request', false, [0.5], 401],
  ['elsewhere it ends after half a day in any case', false, Array(25).fill(0.49), 401],
  ['elsewhere it lasts while it is used', false, Array(20).fill(0.49), 200],
]
for (const [name, loopback, pauses, status] of ages) {
  test(name, async () => {
    const { ask, signIn, clock } = start({ loopback })
    const cookie = await signIn()
    const answers: number[] = []
    for (const hours of pauses) {
      clock.now += hours * hour
      answers.push((await ask('/api/v1/status', { cookie })).status)
    }
    assert.equal(answers.at(-1), status)
  })
}

test('signing out ends the session for good', async () => {
  const { ask, signIn } = start()
  const cookie = await signIn()
  const out = await ask('/logout', { cookie, origin: base }, 'POST')
  assert.deepEqual([out.status, out.headers.get('location')], [303, '/login'])
  assert.equal((await ask('/api/v1/status', { cookie })).status, 401)
})

test('the form takes the token and nothing else', async () => {
  const { ask } = start()
  const post = (value: string) =>
    ask('/login', { origin: base, 'content-type': 'application/x-www-form-urlencoded' }, 'POST', `token=${value}`)
  const wrong = await post('guess')
  assert.deepEqual([wrong.status, wrong.headers.get('set-cookie')], [401, null])
  const right = await post(token)
  assert.equal(right.status, 200)
  assert.ok(right.headers.get('set-cookie')?.startsWith('bulwark-7300='))
  assert.equal((await post('x'.repeat(5000))).status, 413)
})

test('a cookie travels by HTTPS alone where browsers reach us so', async () => {
  const { auth, ask } = start({ https: true, loopback: false })
  const cookie = (await ask(auth.newLinkPath())).headers.get('set-cookie') ?? ''
  assert.match(cookie, /^__Host-bulwark=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
})

const origins: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
  ['our own page', { origin: base }, 200],
  ['our own page, as fetch metadata tells', { 'sec-fetch-site': 'same-origin' }, 200],
  ['a page of another site', { origin: 'https://evil.example' }, 403],
  ['a page of another port of this machine', { origin: 'http://127.0.0.1:9999' }, 403],
  ['a page of another site with our name in its own', { origin: 'http://127.0.0.1:7300.evil.example' }, 403],
  ['a sandboxed page', { origin: 'null' }, 403],
  ['nobody knows what', {}, 403],
  ['a page of the same site', { 'sec-fetch-site': 'same-site' }, 403],
  ['our own form, whatever its origin says', { 'sec-fetch-site': 'same-origin', origin: 'null' }, 200],
  ['a page of another site that gives our origin', { 'sec-fetch-site': 'cross-site', origin: base }, 403],
]
for (const [name, headers, status] of origins) {
  test(`a change from ${name} is answered with ${status}`, async () => {
    const { ask, signIn } = start()
    const cookie = await signIn()
    assert.equal((await ask('/api/v1/sources/cluster/test', { cookie, ...headers }, 'POST')).status, status)
  })
}

test('a program with the token needs no origin', async () => {
  const { ask } = start()
  const response = await ask('/api/v1/links', { authorization: `Bearer ${token}` }, 'POST')
  const body: unknown = await response.json()
  assert.match(JSON.stringify(body), /^\{"path":"\/login\?link=[\w-]{43}"\}$/)
})

const hosts: readonly (readonly [string, boolean, boolean])[] = [
  // host, when on loopback, when bound elsewhere
  ['localhost', true, true],
  ['bulwark.localhost', true, true],
  ['127.0.0.1', true, true],
  ['127.8.9.1', true, true],
  ['[::1]', true, true],
  ['10.0.0.7', false, true],
  ['[2001:db8::1]', false, true],
  ['monitor.example', true, true],
  ['evil.example', false, false],
  ['127.0.0.1.evil.example', false, false],
  ['localhost.evil.example', false, false],
  ['evillocalhost', false, false],
]
for (const [host, onLoopback, elsewhere] of hosts) {
  test(`the host ${host} is ${onLoopback ? '' : 'not '}ours on loopback and ${elsewhere ? '' : 'not '}elsewhere`, () => {
    const settings = { token, https: false, hosts: ['Monitor.example'], linkCommand: '', now: () => 0 }
    assert.deepEqual(
      [true, false].map((loopback) => isOurHost({ ...settings, loopback }, host)),
      [onLoopback, elsewhere],
    )
  })
}

test('a request under a foreign name is refused, even with the token', async () => {
  const { auth } = start()
  const view = clusterView(new Posture(new ClusterState()), fixtureNow, [])
  const api = createApi({ services: fixtureServices({ clusterAt: async () => view }), auth, webDir: '/nowhere' })
  const response = await api.request('http://evil.example:7300/api/v1/status', {
    headers: { authorization: `Bearer ${token}` },
  })
  assert.equal(response.status, 403)
})

const open = ['/livez', '/readyz', '/login', '/plain.css']
const closed = ['/metrics', '/api/v1/openapi.json', '/api/v1/nothing', '/api/v1/events/stream', '/api/v1/events/export']
for (const path of [...open, ...closed]) {
  const status = open.includes(path) ? 200 : 401
  test(`${path} is answered with ${status} to somebody who is not signed in`, async () => {
    assert.equal((await start().ask(path)).status, status)
  })
}

test('every answer forbids what is inline, from outside, framed or kept', async () => {
  const { ask } = start()
  for (const path of ['/', '/api/v1/status', '/nothing']) {
    const { headers } = await ask(path, { accept: 'text/html' })
    assert.deepEqual(
      [
        'content-security-policy',
        'x-content-type-options',
        'x-frame-options',
        'referrer-policy',
        'cross-origin-opener-policy',
        'cross-origin-resource-policy',
        'cache-control',
      ].map((name) => headers.get(name)),
      [
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'",
        'nosniff',
        'DENY',
        'no-referrer',
        'same-origin',
        'same-origin',
        'no-store',
      ],
      path,
    )
  }
})
