// Rules from an address, of a server with TLS on this machine that does what servers should not.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, describe, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { makeAuthority } from '../../../test/cluster/certificates.ts'
import { failedRead, secretRead } from '../../detect/fixture.ts'
import { allowed, type Lookup } from '../../outputs/destination.ts'
import { openDesk } from '../../store/desk/index.ts'
import { RuleKeeper } from './rule-keeper.ts'
import { RuleUrl, type RuleUrlOptions } from './rule-url.ts'

const authority = await makeAuthority('authority of a test')
const before = getCACertificates('default')
setDefaultCACertificates([...before, authority.certificate])
after(() => setDefaultCACertificates(before))
const own = await authority.server('rules', ['localhost', '127.0.0.1', 'rules.example'])

const dirs: string[] = []
const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-rule-url-'))
  dirs.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void

/** Answers as it is told; `requests` are the headers that it got. */
const serverOf = async (answer: Answer, host = '127.0.0.1', port = 0, pair = own) => {
  const requests: IncomingMessage['headers'][] = []
  const server = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    requests.push(request.headers)
    answer(request, response, requests.length)
  })
  // A client that goes away in the middle is what is tested.
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  const { port: at } = server.address() as AddressInfo
  return {
    requests,
    port: at,
    url: `https://localhost:${at}/rules.yml?token=very-secret`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** One at 127.0.0.2 that says the right thing, and one at the same port of 127.0.0.1 that does not. */
const serversOfOnePort = async () => {
  for (let attempt = 1; ; attempt++) {
    const good = await serverOf(says(secretRead), '127.0.0.2')
    try {
      return { good, bad: await serverOf(says(failedRead), '127.0.0.1', good.port) }
    } catch (error) {
      // Somebody else has that port there.
      await good[Symbol.asyncDispose]()
      if (attempt === 20) throw error
    }
  }
}

const says =
  (text: string): Answer =>
  (_, response) =>
    response.end(text)

const named = allowed(['localhost'])
const nobody = allowed([])

/** Nothing is given up for the time that it takes, unless that is what is tested. */
const urlOf = (url: string, allow = named, options: RuleUrlOptions = {}, dir = directory()): RuleUrl =>
  new RuleUrl(url, allow, dir, { timeoutMillis: 120_000, ...options })

/** Why it could not be had. */
const failure = async (url: RuleUrl): Promise<string> => {
  const problem = await url.ask()
  assert.ok(problem !== undefined, 'it was refused')
  assert.doesNotMatch(JSON.stringify(problem), /very-secret/)
  return problem.what.replace('rules could not be fetched: ', '')
}

describe('an address that is right', () => {
  test('is asked with the ETag of its last answer, and 304 changes nothing', async () => {
    await using server = await serverOf((request, response) => {
      response.setHeader('etag', '"one"')
      if (request.headers['if-none-match'] === '"one"') response.writeHead(304).end()
      else response.end(secretRead)
    })
    const url = urlOf(server.url)
    assert.equal(await url.ask(), undefined)
    assert.equal(await url.ask(), undefined)
    assert.deepEqual(
      server.requests.map(({ 'if-none-match': tag }) => tag),
      [undefined, '"one"'],
    )
    assert.equal(url.file()?.text, secretRead)
  })

  test('without an ETag is asked without one', async () => {
    await using server = await serverOf(says(secretRead))
    const url = urlOf(server.url)
    for (let turn = 0; turn < 2; turn++) assert.equal(await url.ask(), undefined)
    assert.deepEqual(
      server.requests.map((headers) => 'if-none-match' in headers),
      [false, false],
    )
  })

  test('has a name that holds no token, and another for another query', () => {
    const [one, other] = ['a', 'b'].map((token) => urlOf(`https://user:pass@example.org/r.yml?token=${token}`).name())
    assert.match(one ?? '', /^https:\/\/example\.org\/r\.yml\?…[0-9a-f]{4}$/)
    assert.notEqual(one, other)
    assert.equal(urlOf('https://example.org/r.yml').name(), 'https://example.org/r.yml')
  })
})

describe('an answer that is of no use is told, and what was received before goes on', () => {
  const answers: readonly [string, Answer, RegExp][] = [
    ['404', (_, response) => response.writeHead(404).end('gone'), /^answered 404$/],
    ['503', (_, response) => response.writeHead(503).end(), /^answered 503$/],
    ['304 to who knows nothing', (_, response) => response.writeHead(304).end(), /^answered 304/],
    ['204', (_, response) => response.writeHead(204).end(), /^answered 204$/],
    ['an empty file', says(' \n'), /^answered with an empty file$/],
    [
      'a compressed file',
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      /^answered with a compressed file/,
    ],
    ['a connection that ends in the middle', (_, response) => cutOff(response), /^(?!it took)./],
    ['nothing at all', () => {}, /^it took more than 0.5 s$/],
    ['a byte now and then', (_, response) => drip(response), /^it took more than 0.5 s$/],
    ['10 GB', (_, response) => flood(response), /^more than 4194304 bytes$/],
    ['headers without end', (_, response) => manyHeaders(response), /^(?!it took)./],
  ]
  for (const [name, answer, expected] of answers)
    test(name, async () => {
      await using server = await serverOf((request, response, count) =>
        count === 1 ? response.end(secretRead) : answer(request, response, count),
      )
      const dir = directory()
      const before = urlOf(server.url, named, {}, dir)
      assert.equal(await before.ask(), undefined)
      await before.save(secretRead)
      const url = urlOf(server.url, named, expected.test('it took more than 0.5 s') ? { timeoutMillis: 500 } : {}, dir)
      assert.match(await failure(url), expected)
      assert.equal(url.file()?.text, secretRead)
    })

  test('404, then 200: the problem is gone and the rules are there', async () => {
    await using server = await serverOf((_, response, count) =>
      count === 1 ? response.writeHead(404).end() : response.end(secretRead),
    )
    const url = urlOf(server.url)
    assert.equal(await failure(url), 'answered 404')
    assert.equal(url.file(), undefined)
    assert.equal(await url.ask(), undefined)
    assert.equal(url.file()?.text, secretRead)
  })
})

describe('nobody is led to an address inside', () => {
  test('a redirect is not followed, wherever it leads', async () => {
    await using inside = await serverOf(says(secretRead))
    for (const status of [301, 302, 303, 307, 308]) {
      await using server = await serverOf((_, response) =>
        response.writeHead(status, { location: inside.url }).end(secretRead),
      )
      assert.equal(await failure(urlOf(server.url)), `answered ${status}; redirects are not followed`)
    }
    assert.equal(inside.requests.length, 0)
  })

  for (const host of [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '2130706433',
    '0x7f.1',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '10.0.0.1',
    '192.168.1.1',
    '0.0.0.0',
  ])
    test(`${host} is refused before a connection is made`, async () => {
      await using server = await listener()
      assert.match(
        await failure(urlOf(`https://${host}:${server.port}/r.yml`, nobody)),
        /an address inside: name it under "allow" if it is meant$/,
      )
      assert.equal(server.connections(), 0)
    })

  test('a host or network that is allowed is asked, and only that', async () => {
    await using server = await serverOf(says(secretRead))
    const direct = server.url.replace('localhost', '127.0.0.1')
    assert.equal(await urlOf(direct, allowed(['127.0.0.1'])).ask(), undefined)
    assert.equal(await urlOf(direct, allowed(['127.0.0.0/8'])).ask(), undefined)
    assert.match(await failure(urlOf(direct, allowed(['localhost', '127.0.0.2']))), /address inside/)
  })

  test('a name whose second answer is another address is connected to the first, which was looked at', async () => {
    const { good, bad } = await serversOfOnePort()
    await using _good = good
    await using _bad = bad
    const answers = ['127.0.0.2', '127.0.0.1', '127.0.0.1']
    let asked = 0
    const lookup: Lookup = async () => [{ address: answers[asked++] ?? '', family: 4 }]
    const url = urlOf(`https://rules.example:${good.port}/r.yml`, allowed(['127.0.0.2']), { lookup })
    assert.equal(await url.ask(), undefined)
    assert.deepEqual([asked, good.requests.length, bad.requests.length], [1, 1, 0])
    // The next question looks again, and sees where it would lead.
    assert.match(await failure(url), /^rules.example is 127.0.0.1, an address inside/)
    assert.deepEqual([bad.requests.length, url.file()?.text], [0, secretRead])
  })

  test('of several addresses one outside is taken', async () => {
    await using good = await serverOf(says(secretRead), '127.0.0.2')
    const lookup: Lookup = async () =>
      ['10.0.0.1', '169.254.169.254', '127.0.0.2'].map((address) => ({ address, family: 4 }))
    const url = urlOf(`https://rules.example:${good.port}/r.yml`, allowed(['127.0.0.2']), { lookup })
    assert.equal(await url.ask(), undefined)
  })

  test('who has a certificate of nobody we know, or of another name, is not listened to', async () => {
    const other = await makeAuthority('another authority')
    const strange = await other.server('rules', ['localhost'])
    const wrong = await authority.server('rules', ['elsewhere.example'])
    for (const [pair, expected] of [
      [strange, /certificate|issuer|verif/i],
      [wrong, /altnames/i],
    ] as const) {
      await using server = await serverOf(says(secretRead), '127.0.0.1', 0, pair)
      assert.match(await failure(urlOf(server.url)), expected)
      assert.equal(server.requests.length, 0)
    }
  })

  test('a name server that hangs is not waited for', async () => {
    const lookup: Lookup = () => new Promise(() => {})
    const url = urlOf('https://rules.example/r.yml', named, { lookup, timeoutMillis: 100 })
    // A signal of a timeout keeps no process alive.
    const alive = setTimeout(() => {}, 60_000)
    assert.equal(await failure(url), 'it took more than 0.1 s')
    const stop = AbortSignal.abort(new Error('Bulwark stops'))
    assert.match((await url.ask(stop))?.what ?? '', /Bulwark stops$/)
    clearTimeout(alive)
  })
})

describe('rules of an address, as they run', () => {
  const broken = secretRead.replace('level: high', 'level: dreadful')

  const keeperOf = async (url: RuleUrl) =>
    await RuleKeeper.open({
      shipped: directory(),
      sets: [],
      paths: [],
      urls: [url],
      desk: openDesk(directory()),
      onChanged: () => {},
      onError: (message, error) => assert.fail(`${message}: ${error}`),
    })
  const titles = (keeper: RuleKeeper): string[] => keeper.running().set.heads.map(({ title }) => title)
  const refused = (keeper: RuleKeeper) => keeper.problems().refused.map(({ file, line }) => [file, line])

  test('a broken file is refused with its line while the old rules go on, also after a restart', async () => {
    let text = secretRead
    await using server = await serverOf((request, response) => {
      const tag = `"${text.length}"`
      response.setHeader('etag', tag)
      if (request.headers['if-none-match'] === tag) response.writeHead(304).end()
      else response.end(text)
    })
    const dir = directory()
    {
      const url = urlOf(server.url, named, {}, dir)
      await using keeper = await keeperOf(url)
      await keeper.ask()
      assert.deepEqual([titles(keeper), refused(keeper)], [['Secret read'], []])
      text = broken
      for (let turn = 0; turn < 2; turn++) {
        await keeper.ask()
        assert.deepEqual([titles(keeper), refused(keeper)], [['Secret read'], [[url.name(), 5]]])
      }
    }
    {
      const url = urlOf(server.url, named, {}, dir)
      await using keeper = await keeperOf(url)
      assert.deepEqual([titles(keeper), refused(keeper)], [['Secret read'], []])
      await keeper.ask()
      assert.deepEqual([titles(keeper), refused(keeper)], [['Secret read'], [[url.name(), 5]]])
      text = failedRead
      await keeper.ask()
      assert.deepEqual([titles(keeper), refused(keeper)], [['Failed read'], []])
    }
    assert.equal(readdirSync(dir).length, 1)
    // The other side is gone: the last rules are there.
    await server[Symbol.asyncDispose]()
    await using keeper = await keeperOf(urlOf(server.url, named, {}, dir))
    await keeper.ask()
    assert.deepEqual([titles(keeper), refused(keeper).length], [['Failed read'], 1])
  })

  test('a page of a sign-in in place of rules is refused, and the old rules go on', async () => {
    await using server = await serverOf((_, response, count) =>
      response.end(count === 1 ? secretRead : '<!doctype html>\n<html><body>Please sign in: {{ </body></html>\n'),
    )
    await using keeper = await keeperOf(urlOf(server.url))
    await keeper.ask()
    await keeper.ask()
    assert.deepEqual(titles(keeper), ['Secret read'])
    assert.ok(refused(keeper).length > 0)
  })

  test('a keeper that is closed does not wait for an address that hangs', async () => {
    await using server = await serverOf(() => {})
    const keeper = await keeperOf(urlOf(server.url, named))
    keeper.watch()
    const until = Date.now() + 60_000
    while (server.requests.length === 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10))
    const began = Date.now()
    await keeper[Symbol.asyncDispose]()
    assert.ok(Date.now() - began < 60_000)
  })
})

const cutOff = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-length': '100000' })
  response.write('title: half', () => response.destroy())
}

const drip = (response: ServerResponse): void => {
  const timer = setInterval(() => response.write('#'), 50)
  response.on('close', () => clearInterval(timer))
}

const flood = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-length': String(10 * 1024 ** 3) })
  const more = (): void => {
    if (response.destroyed) return
    if (response.write('# '.repeat(32_768))) setImmediate(more)
    else response.once('drain', more)
  }
  more()
}

const manyHeaders = (response: ServerResponse): void => {
  for (let index = 0; index < 2000; index++) response.setHeader(`x-${index}`, 'y'.repeat(100))
  response.end(failedRead)
}

/** Counts who connects, on all addresses of this machine. */
const listener = async () => {
  let connections = 0
  const server = createTcpServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '::', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
