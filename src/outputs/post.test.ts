import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressOf, allowed, checkPlain, mayConnect } from './destination.ts'
import { localhost, receiver } from './fixture.ts'
import { DeliveryFailure } from './output.ts'
import { post } from './post.ts'

describe('addresses', () => {
  const nobody = allowed([])
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '2002:7f00:1::',
    '2001:0:0:0::1',
  ])
    test(`${address} is not connected to`, () => assert.equal(mayConnect(address, nobody), false))

  for (const address of ['1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])
    test(`${address} may be connected to`, () => assert.equal(mayConnect(address, nobody), true))

  test('a network that is allowed is, and its neighbour is not', () => {
    const some = allowed(['10.96.0.0/12', 'fd00:1::/32'])
    assert.deepEqual(
      ['10.96.0.1', '10.112.0.1', 'fd00:1::1', 'fd00:2::1'].map((address) => mayConnect(address, some)),
      [true, false, true, false],
    )
  })

  for (const host of ['127.0.0.1', '[::1]', 'localhost', '2130706433', '0x7f.1', '[::ffff:169.254.169.254]'])
    test(`the host ${host} is refused for good`, async () => {
      await assert.rejects(
        addressOf(new URL(`https://${host}/`).hostname, nobody),
        (error) => error instanceof DeliveryFailure && !error.retry,
      )
    })

  test('a name server that hangs, or knows nothing, is asked again later', async () => {
    const hangs = addressOf('example.org', nobody, () => new Promise(() => {}), 50)
    await assert.rejects(hangs, { message: 'no name server told in 0.05 s where example.org is', retry: true })
    const unknown = addressOf('example.org', nobody, () => Promise.reject(new Error('ENOTFOUND')))
    await assert.rejects(unknown, { message: 'the name example.org cannot be looked up', retry: true })
  })

  for (const entry of ['10.0.0.0/33', 'a b', '10.0.0.0/', '::/129', '-x'])
    test(`"${entry}" is no entry of the list`, () => assert.throws(() => allowed([entry]), { code: 'OUTPUT_REFUSED' }))
})

describe('a receiver that misbehaves', () => {
  const send = (url: string) => post({ url, body: '{}', allow: localhost })
  const failure = async (url: string): Promise<DeliveryFailure> => {
    const error: unknown = await send(url).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof DeliveryFailure)
    return error
  }

  test('a redirect is not followed', async () => {
    await using other = await receiver()
    await using server = await receiver((_, response) => {
      response.writeHead(307, { location: other.url })
      response.end()
    })
    const { message, retry } = await failure(server.url)
    assert.match(message, /redirect \(307\), which is not followed/)
    assert.equal(retry, false)
    assert.equal(other.received.length, 0)
  })

  test('one that never answers is given up after 5 s, and tried again later', async () => {
    await using server = await receiver(() => {})
    const { message, retry } = await failure(server.url)
    assert.match(message, /more than 5 s|HEADERS_TIMEOUT/)
    assert.equal(retry, true)
  })

  test('of an endless answer 64 KiB are read', async () => {
    await using server = await receiver((_, response) => {
      const more = (): void => {
        if (response.destroyed) return
        if (response.write('x'.repeat(16_384))) setImmediate(more)
        else response.once('drain', more)
      }
      more()
    })
    assert.equal((await send(server.url)).body.length, 64 * 1024)
  })

  test('429 and 5xx are passing, with the wait that was asked for; other 4xx are not', async () => {
    for (const [status, retry, after] of [
      [429, true, 17],
      [503, true, 17],
      [400, false, undefined],
      [404, false, undefined],
    ] as const) {
      await using server = await receiver((_, response) => {
        response.writeHead(status, { 'retry-after': '17' })
        response.end('said so')
      })
      const error = await failure(server.url)
      assert.deepEqual([error.retry, error.retryAfterSeconds], [retry, after])
      assert.match(error.message, new RegExp(`answered ${status}: said so`))
    }
  })

  test('a wait is read as seconds or as a moment, at most an hour, and rubbish as none', async () => {
    const soon = new Date(Date.now() + 600_000).toUTCString()
    for (const [header, least, most] of [
      ['120', 120, 120],
      [soon, 540, 601],
      ['999999', 3600, 3600],
    ] as const) {
      await using server = await receiver((_, response) => response.writeHead(429, { 'retry-after': header }).end())
      const { retryAfterSeconds = 0 } = await failure(server.url)
      assert.ok(retryAfterSeconds >= least && retryAfterSeconds <= most, `${header}: ${retryAfterSeconds}`)
    }
    for (const header of ['soon', '-5', '1e3', 'Thu, 01 Jan 1970 00:00:00 GMT']) {
      await using server = await receiver((_, response) => response.writeHead(429, { 'retry-after': header }).end())
      assert.equal((await failure(server.url)).retryAfterSeconds, undefined, header)
    }
  })

  test('an answer that ends in the middle is no answer: it is sent again', async () => {
    await using server = await receiver((_, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('o', () => response.destroy())
    })
    assert.equal((await failure(server.url)).retry, true)
  })

  test('an answer that comes a byte at a time is given up after 5 s', async () => {
    await using server = await receiver((_, response) => {
      const timer = setInterval(() => response.write('.'), 200)
      response.on('close', () => clearInterval(timer))
    })
    const { message, retry } = await failure(server.url)
    assert.match(message, /it took more than 5 s$/)
    assert.equal(retry, true)
  })

  test('without TLS only hosts that are allowed by name are sent to, and no message holds the path', async () => {
    const { message } = await failure('http://example.com/secret-path')
    assert.match(message, /^example.com is not sent to without TLS/)
    const gone = await receiver()
    await gone[Symbol.asyncDispose]()
    assert.doesNotMatch((await failure(`${gone.url}/secret-path`)).message, /secret-path/)
  })

  test('an address that is allowed by itself is sent to without TLS, one of an allowed network is not', () => {
    const allow = allowed(['127.0.0.1', '::1', '10.96.0.0/12'])
    for (const host of ['127.0.0.1', '::1', '[::1]']) assert.equal(checkPlain(host, allow), undefined, host)
    for (const host of ['10.96.0.1', '127.0.0.2', 'localhost']) {
      assert.throws(() => checkPlain(host, allow), new RegExp(`${host} is not sent to without TLS`))
    }
  })
})
