import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { BulwarkError, type ErrorCode } from '../../model/error.ts'
import type { ClusterAccess } from './access.ts'
import { type FindOptions, findCluster } from './kubeconfig.ts'

describe('finding the cluster', () => {
  let home = ''
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'bulwark-kubeconfig-'))
  })
  after(() => rm(home, { recursive: true }))

  const write = async (name: string, text: string | Buffer): Promise<string> => {
    const path = join(home, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    return path
  }
  const find = (options: FindOptions = {}) =>
    findCluster({ env: {}, home, serviceAccountDir: join(home, 'none'), ...options })
  const access = async (options: FindOptions): Promise<ClusterAccess> => {
    const found = await find(options)
    if (found.kind !== 'found') assert.fail('no cluster found')
    return found.access
  }
  const fails = async (options: FindOptions, code: ErrorCode, message: RegExp) =>
    assert.rejects(find(options), (error: unknown) => {
      assert.ok(error instanceof BulwarkError)
      assert.equal(error.code, code)
      assert.match(error.message, message)
      return true
    })

  const one = (name: string, more = '') => `
apiVersion: v1
kind: Config
current-context: ${name}
contexts:
- {name: ${name}, context: {cluster: ${name}, user: ${name}, namespace: x}}
clusters:
- {name: ${name}, cluster: {server: "https://${name}:6443/"}}
users:
- {name: ${name}, user: {token: "token-of-${name}"${more}}}
`

  test('there is none: says where it looked', async () => {
    const looked = [join(home, '.kube', 'config'), join(home, 'none', 'token')]
    assert.deepEqual(await find(), { kind: 'none', looked })
  })

  test('an empty file, and one without contexts, are no cluster', async () => {
    const empty = await write('empty', '')
    const bare = await write('bare', 'apiVersion: v1\nkind: Config\nclusters: []\ncontexts: null\n')
    const found = await find({ env: { KUBECONFIG: `${empty}:${bare}` } })
    assert.deepEqual(found, { kind: 'none', looked: [empty, bare, join(home, 'none', 'token')] })
  })

  test('reads ~/.kube/config', async () => {
    const other = await mkdtemp(join(home, 'home-'))
    await mkdir(join(other, '.kube'))
    await writeFile(join(other, '.kube', 'config'), one('dev'))
    const found = await access({ home: other })
    assert.deepEqual(found, {
      context: 'dev',
      from: `${join(other, '.kube', 'config')}, context "dev"`,
      server: 'https://dev:6443',
      ca: undefined,
      serverName: undefined,
      skipVerify: false,
      proxyUrl: undefined,
      user: {
        certificate: undefined,
        key: undefined,
        token: { kind: 'data', bytes: Buffer.from('token-of-dev') },
        basic: undefined,
        impersonate: {},
        exec: undefined,
        authProvider: undefined,
      },
    })
  })

  test('merges the files of KUBECONFIG: missing ones are skipped, the first to name a thing wins', async () => {
    const a = await write('a', one('a'))
    const b = await write('b', `${one('a').replace('token-of-a', 'other')}`)
    const c = await write('c', one('c'))
    const env = { KUBECONFIG: [join(home, 'missing'), a, b, c].join(':') }
    assert.deepEqual((await access({ env })).user.token, { kind: 'data', bytes: Buffer.from('token-of-a') })
    assert.equal((await access({ env, context: 'c' })).server, 'https://c:6443')
  })

  test('resolves files beside the kubeconfig, and prefers data over a file', async () => {
    const path = await write(
      'sub/config',
      `
current-context: x
contexts: [{name: x, context: {cluster: x, user: x}}]
clusters: [{name: x, cluster: {server: https://x/k8s/clusters/c-1, certificate-authority: ca.crt, certificate-authority-data: Q0E=, tls-server-name: api, proxy-url: "socks5://p"}}]
users:
- name: x
  user:
    client-certificate: ../client.crt
    client-key: /etc/client.key
    tokenFile: token
    token: ignored
    as: admin
    as-groups: [a, b]
    as-uid: "7"
    as-user-extra: {"scopes/x": [v]}
    exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [get], env: [{name: A, value: b}], installHint: get it, provideClusterInfo: true}
`,
    )
    const found = await access({ kubeconfig: path })
    assert.deepEqual(found, {
      context: 'x',
      from: `${path}, context "x"`,
      server: 'https://x/k8s/clusters/c-1',
      ca: { kind: 'data', bytes: Buffer.from('CA') },
      serverName: 'api',
      skipVerify: false,
      proxyUrl: 'socks5://p',
      user: {
        certificate: { kind: 'file', path: join(home, 'client.crt') },
        key: { kind: 'file', path: '/etc/client.key' },
        token: { kind: 'file', path: join(home, 'sub', 'token') },
        basic: undefined,
        impersonate: {
          'impersonate-user': 'admin',
          'impersonate-uid': '7',
          'impersonate-group': ['a', 'b'],
          'impersonate-extra-scopes%2Fx': ['v'],
        },
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: join(home, 'sub', 'plugin'),
          args: ['get'],
          env: { A: 'b' },
          installHint: 'get it',
          provideClusterInfo: true,
          interactiveMode: 'IfAvailable',
        },
        authProvider: undefined,
      },
    })
  })

  test('reads JSON as well', async () => {
    const path = await write(
      'json',
      JSON.stringify({
        'current-context': 'j',
        contexts: [{ name: 'j', context: { cluster: 'j' } }],
        clusters: [{ name: 'j', cluster: { server: 'http://127.0.0.1:8001' } }],
      }),
    )
    assert.equal((await access({ kubeconfig: path })).server, 'http://127.0.0.1:8001')
  })

  test('inside a pod, uses the service account', async () => {
    const dir = join(home, 'sa')
    await write('sa/token', 't')
    const found = await access({
      serviceAccountDir: dir,
      env: { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' },
    })
    assert.deepEqual(
      [found.context, found.server, found.ca, found.user.token],
      [
        'in-cluster',
        'https://[fd00::1]:443',
        { kind: 'file', path: join(dir, 'ca.crt') },
        { kind: 'file', path: join(dir, 'token') },
      ],
    )
  })

  test('a file that was asked for and is not there', async () => {
    const nowhere = join(home, 'nowhere')
    await fails({ kubeconfig: nowhere }, 'KUBECONFIG_MISSING', /^the kubeconfig does not exist \(.*nowhere\)\. Give/)
    await fails({ env: { KUBECONFIG: nowhere } }, 'KUBECONFIG_MISSING', /^no file of \$KUBECONFIG exists \(.*\)\. Set/)
  })

  const broken: readonly [name: string, text: string, message: RegExp][] = [
    ['broken YAML says where and quotes nothing', 'users:\n- name: "secret\n', /not YAML: [A-Z_]+ \(.*:\d+:\d+\)/],
    ['a list at the top', '- 1', /no mapping at the top/],
    ['another kind of object', 'kind: Pod', /kind is "Pod"/],
    ['contexts that are no list', 'contexts: 7', /contexts is not a list/],
    ['a context without a name', 'contexts: [{}]', /contexts\[0\] has no name/],
    ['no contexts in a file that was asked for', 'users: []', /no current-context .*It holds no contexts/],
    ['no current context', 'contexts: [{name: a, context: {}}]', /no current-context .*Choose one with --context: a$/],
    ['a current context that is not there', 'current-context: b\ncontexts: [{name: a, context: {}}]', /no context "b"/],
    [
      'a cluster that is not there',
      'current-context: a\ncontexts: [{name: a, context: {cluster: c}}]',
      /its cluster "c"/,
    ],
    ['a user that is not there', one('a').replace('user: a', 'user: nobody'), /its user "nobody" is not in the file/],
    [
      'a server that is no address',
      one('a').replace('https://a:6443/', 'ftp://x'),
      /server is "ftp:\/\/x", not an address/,
    ],
    ['no server', one('a').replace('https://a:6443/', ''), /server is "", not an address/],
    ['data that is not base64', one('a', ', client-key-data: "%%%"'), /client-key-data is not base64 \(.*user "a"\)/],
    ['an exec without a command', one('a', ', exec: {}'), /exec has no command/],
    ['an alias bomb', `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]`, /not YAML/],
  ]
  for (const [name, text, message] of broken) {
    test(`refuses ${name}`, async () => {
      const path = await write(`broken-${broken.findIndex((each) => each[0] === name)}`, text)
      await fails({ kubeconfig: path }, 'KUBECONFIG_INVALID', message)
    })
  }

  test('a parse error does not show the line, which may hold a token', async () => {
    const path = await write('leak', 'users:\n- name: a\n  user: {token: "hunter2\n')
    await assert.rejects(find({ kubeconfig: path }), (error: unknown) => {
      assert.ok(error instanceof BulwarkError)
      assert.doesNotMatch(error.message, /hunter2/)
      return true
    })
  })

  test('a folder in its place is refused with the reason', async () => {
    await fails({ kubeconfig: home }, 'KUBECONFIG_INVALID', /cannot be read: EISDIR/)
  })
})
