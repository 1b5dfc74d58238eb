import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { accessTo } from '../../../test/cluster-source/fake-api-server.ts'
import { BulwarkError, type ErrorCode } from '../../model/error.ts'
import type { ClusterAccess, ExecPlugin, UserAccess } from './access.ts'
import { credentialsOf } from './credentials.ts'

describe('credentials', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bulwark-credentials-'))
  })
  after(() => rm(folder, { recursive: true }))

  const as = (user: Partial<UserAccess>, more: Partial<ClusterAccess> = {}): ClusterAccess => {
    const base = accessTo('https://api:6443')
    return { ...base, ...more, user: { ...base.user, ...user } }
  }
  const data = (text: string) => ({ kind: 'data' as const, bytes: Buffer.from(text) })

  let scripts = 0
  /** A plugin that is a shell script. */
  const plugin = async (script: string, more: Partial<ExecPlugin> = {}): Promise<ExecPlugin> => {
    const command = join(folder, `plugin-${++scripts}`)
    await writeFile(command, `#!/bin/sh\n${script}\n`)
    await chmod(command, 0o700)
    return {
      apiVersion: 'client.authentication.k8s.io/v1',
      command,
      args: [],
      env: {},
      installHint: '',
      provideClusterInfo: false,
      interactiveMode: 'IfAvailable',
      ...more,
    }
  }
  const answer = (status: unknown) =>
    `echo '${JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status })}'`
  const fails = async (exec: ExecPlugin, code: ErrorCode, message: RegExp) =>
    assert.rejects(credentialsOf(as({ exec })).current(), (error: unknown) => {
      assert.ok(error instanceof BulwarkError)
      assert.equal(error.code, code)
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /hunter2/)
      return true
    })

  test('sends a token, or name and password, with whom to impersonate', async () => {
    const token = await credentialsOf(as({ token: data('t\n'), impersonate: { 'impersonate-user': 'x' } })).current()
    assert.deepEqual(token.headers, { authorization: 'Bearer t', 'impersonate-user': 'x' })
    const basic = await credentialsOf(as({ basic: { username: 'a', password: 'b' } })).current()
    assert.deepEqual(basic.headers, { authorization: 'Basic YTpi' })
  })

  test('sends nothing over plain http', async () => {
    const access = as({ token: data('t'), certificate: data('c'), key: data('k') }, { server: 'http://127.0.0.1:8001' })
    const tls = { ca: undefined, cert: undefined, key: undefined }
    assert.deepEqual(await credentialsOf(access).current(), { headers: {}, tls })
  })

  test('reads a token file anew after ten seconds, as tokens of pods rotate', async () => {
    const path = join(folder, 'token')
    let now = 0
    const credentials = credentialsOf(as({ token: { kind: 'file', path } }), () => now)
    await writeFile(path, 'first')
    assert.equal((await credentials.current()).headers.authorization, 'Bearer first')
    await writeFile(path, 'second')
    now = 9_999
    assert.equal((await credentials.current()).headers.authorization, 'Bearer first')
    now = 10_000
    assert.equal((await credentials.current()).headers.authorization, 'Bearer second')
  })

  test('a file that is gone is named', async () => {
    const access = as({ key: { kind: 'file', path: join(folder, 'gone.key') } })
    await assert.rejects(credentialsOf(access).current(), {
      code: 'KUBECONFIG_INVALID',
      message: /cannot be read: ENOENT.*gone\.key.*context "fake"/,
    })
  })

  test('runs a plugin with what it needs, and again only when its answer expires or is refused', async () => {
    const runs = join(folder, 'runs')
    const status = {
      token: 'from-plugin',
      clientCertificateData: 'CERT',
      clientKeyData: 'KEY',
      expirationTimestamp: '1970-01-01T00:01:00Z',
    }
    const script = `echo "$KUBERNETES_EXEC_INFO $A" >> ${runs}\n${answer(status)}`
    const exec = await plugin(script, { env: { A: 'b' }, provideClusterInfo: true })
    let now = 0
    const credentials = credentialsOf(as({ exec }, { ca: data('CA') }), () => now)
    const [first] = await Promise.all([credentials.current(), credentials.current()])
    assert.deepEqual(first, {
      headers: { authorization: 'Bearer from-plugin' },
      tls: { ca: Buffer.from('CA'), cert: Buffer.from('CERT'), key: Buffer.from('KEY') },
    })
    now = 59_999
    await credentials.current()
    const info = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: 'https://api:6443', 'certificate-authority-data': 'Q0E=' } },
    }
    assert.equal(await readFile(runs, 'utf8'), `${JSON.stringify(info)} b\n`)
    now = 60_000
    const third = await credentials.current()
    const count = async () => (await readFile(runs, 'utf8')).split('\n').length - 1
    assert.equal(await count(), 2)
    credentials.forget(first) // replaced since
    credentials.forget(third) // it ran just now
    status.expirationTimestamp = '2100-01-01T00:00:00Z'
    await writeFile(exec.command, `#!/bin/sh\necho again >> ${runs}\n${answer(status)}\n`)
    const fourth = await credentials.current()
    assert.equal(await count(), 3)
    now = 69_999
    credentials.forget(fourth)
    const fifth = await credentials.current()
    assert.equal(await count(), 3)
    now = 70_000
    credentials.forget(fifth)
    await credentials.current()
    assert.equal(await count(), 4)
  })

  test('a plugin is not told where our compiled files are', async () => {
    const known = process.env.NODE_COMPILE_CACHE
    process.env.NODE_COMPILE_CACHE = folder
    try {
      const exec = await plugin(`[ -z "$NODE_COMPILE_CACHE" ] || exit 1\n${answer({ token: 't' })}`)
      assert.deepEqual((await credentialsOf(as({ exec })).current()).headers, { authorization: 'Bearer t' })
    } finally {
      if (known === undefined) delete process.env.NODE_COMPILE_CACHE
      else process.env.NODE_COMPILE_CACHE = known
    }
  })

  test('a plugin that is missing, fails, or answers nonsense is told apart, and nothing it wrote is shown', async () => {
    const ok = await plugin('')
    await fails(
      { ...ok, command: 'no-such-plugin', installHint: 'Install it' },
      'CLUSTER_UNAUTHORIZED',
      /is not installed \(.*\)\. Install it/,
    )
    await fails(
      await plugin('echo please log in >&2; exit 3'),
      'CLUSTER_UNAUTHORIZED',
      /ended with code 3: please log in/,
    )
    await fails(await plugin('echo hunter2'), 'KUBECONFIG_INVALID', /did not write an ExecCredential/)
    await fails(
      await plugin(answer({}).replace('v1"', 'v1beta1"')),
      'KUBECONFIG_INVALID',
      /speaks ".*v1beta1", the kubeconfig says ".*v1"/,
    )
    await fails(await plugin(answer(undefined)), 'KUBECONFIG_INVALID', /gave no status/)
    await fails(await plugin(answer({})), 'KUBECONFIG_INVALID', /neither a token nor a certificate/)
    await fails(
      await plugin(answer({ clientKeyData: 'hunter2' })),
      'KUBECONFIG_INVALID',
      /only one of certificate and key/,
    )
    await fails(
      await plugin(answer({ token: 'hunter2', expirationTimestamp: 'soon' })),
      'KUBECONFIG_INVALID',
      /is no time/,
    )
    await fails(await plugin('exec head -c 2000000 /dev/zero'), 'CLUSTER_UNAUTHORIZED', /wrote more than 1048576 bytes/)
    await fails({ ...ok, interactiveMode: 'Always' }, 'KUBECONFIG_INVALID', /wants a terminal/)
  })

  test('the legacy auth-provider asks client-node', async () => {
    const token = [{ alg: 'none' }, { exp: 4102444800 }, {}]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const authProvider = { name: 'oidc', config: { 'id-token': token } }
    const { headers } = await credentialsOf(as({ authProvider })).current()
    assert.deepEqual(headers, { authorization: `Bearer ${token}` })
  })
})
