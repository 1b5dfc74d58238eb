// Rules from https addresses in the running server, of an authority of one's own.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { secretRead } from '../../src/detect/fixture.ts'
import { makeAuthority } from '../cluster/certificates.ts'
import { auditSite, eventNow, itemsOf, readOf } from './audit-site.ts'
import { eventually, served } from './process.ts'

test('rules come from an address, others are refused in sight, and one that hangs holds up no stop', async () => {
  const authority = await makeAuthority('authority of a test')
  const { certificate: cert, key } = await authority.server('rules', ['localhost', '127.0.0.1'])
  let asked = 0
  const server = createServer({ cert, key }, (request, response) => {
    if (request.url === '/good.yml?token=very-secret')
      response.end(secretRead.replaceAll('secret-read', 'test-secret-read'))
    else if (request.url === '/moved.yml') response.writeHead(302, { location: '/good.yml' }).end()
    else asked += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const at = (host: string, path: string): readonly string[] => ['--rules', `https://${host}:${port}${path}`]
  try {
    using site = await auditSite((dir) => {
      writeFileSync(join(dir, 'ca.pem'), authority.certificate)
      const urls = [
        at('localhost', '/good.yml?token=very-secret'),
        at('localhost', '/moved.yml'),
        at('127.0.0.1', '/a.yml'),
      ]
      return ['--rule-sets', 'none', '--rules-allow', 'localhost', ...urls.flat()]
    })
    const env = { NODE_EXTRA_CA_CERTS: join(site.home.dir, 'ca.pem') }
    {
      await using running = site.serve(env)
      const bulwark = await served(site.home, running)
      const answer = await eventually(
        () => bulwark.get('/api/v1/rules'),
        (rules) => itemsOf(rules, 'refused').length === 2,
      )
      assert.ok(JSON.stringify(answer).includes('"Secret read"'))
      assert.ok(!JSON.stringify(answer).includes('very-secret'))
      assert.deepEqual(
        itemsOf(answer, 'refused')
          .map(({ file, what }) => `${file}: ${what}`.replaceAll(String(port), 'PORT'))
          .sort(),
        [
          'https://127.0.0.1:PORT/a.yml: rules could not be fetched: 127.0.0.1 is 127.0.0.1, an address inside: name it under "allow" if it is meant',
          'https://localhost:PORT/moved.yml: rules could not be fetched: answered 302; redirects are not followed',
        ],
      )
      await site.send([eventNow(1, readOf('alice', 's', '10.7.0.1'))])
      await eventually(
        () => bulwark.get('/api/v1/cases'),
        (cases) => itemsOf(cases).length === 1,
      )
      running.kill('SIGTERM')
      assert.equal((await running.ended).code, 0)
      assert.ok(!(running.stdout() + running.stderr()).includes('very-secret'))
    }
    using hanging = await auditSite(() => [
      '--rule-sets',
      'none',
      '--rules-allow',
      'localhost',
      ...at('localhost', '/hangs.yml'),
    ])
    await using running = hanging.serve({ NODE_EXTRA_CA_CERTS: join(site.home.dir, 'ca.pem') })
    await served(hanging.home, running)
    await eventually(
      async () => asked,
      (count) => count > 0,
    )
    running.kill('SIGTERM')
    const { code, stderr } = await running.ended
    assert.deepEqual([code, /DESK_FAILED|not open|unhandled/i.test(stderr)], [0, false], stderr)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})
