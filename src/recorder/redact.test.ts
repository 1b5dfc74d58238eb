import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import type { JsonObject } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { AuditRecord, RuntimeRecord } from '../model/record.ts'
import { createRedactor } from './redact.ts'

const key = Buffer.from('key of the data directory')
const redact = createRedactor(key)
const mask = (value: string) => `[redacted sha256:${createHmac('sha256', key).update(value).digest('hex').slice(0, 8)}]`

const audit = (resource: string, event: JsonObject): AuditRecord => ({
  kind: 'audit',
  time: 0,
  receivedAt: 0,
  cluster: 'c',
  source: 's',
  auditId: 'a',
  stage: 'ResponseComplete',
  level: 'RequestResponse',
  verb: 'update',
  user: 'alice',
  groups: [],
  impersonatedUser: '',
  sourceIps: [],
  userAgent: '',
  requestUri: typeof event.requestURI === 'string' ? event.requestURI : '',
  target: { group: '', version: 'v1', resource, subresource: '', namespace: 'shop', name: 'x' },
  code: 200,
  decision: 'allow',
  reason: '',
  event,
})

const version = (resource: string, body: JsonObject): ObjectVersion => ({
  kind: 'object',
  time: 0,
  receivedAt: 0,
  cluster: 'c',
  source: 's',
  ref: { group: '', version: 'v1', kind: 'X', resource, namespace: 'shop', name: 'x' },
  uid: 'u',
  resourceVersion: '1',
  change: 'added',
  synthesised: false,
  body: body as ObjectVersion['body'],
})

const bodyOf = (resource: string, body: JsonObject): unknown => {
  const record = redact(version(resource, body))
  return record.kind === 'object' ? record.body : undefined
}

const eventOf = (resource: string, event: JsonObject): unknown => {
  const record = redact(audit(resource, event))
  return record.kind === 'audit' ? record.event : undefined
}

const jwt = `${Buffer.from('{"alg":"RS256","kid":"x"}').toString('base64url')}.${Buffer.from('{"iss":"kubernetes/serviceaccount"}').toString('base64url')}.c2lnbmF0dXJl`
const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq\n-----END RSA PRIVATE KEY-----'

test('a Secret keeps its metadata and the names of its keys', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name: 'db',
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"aHVudGVyMg=="}}',
        team: 'shop',
      },
    },
    data: { password: 'aHVudGVyMg==' },
    stringData: { user: 'root' },
  }
  assert.deepEqual(bodyOf('secrets', secret), {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name: 'db',
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': mask('{"data":{"password":"aHVudGVyMg=="}}'),
        team: 'shop',
      },
    },
    data: { password: mask('aHVudGVyMg==') },
    stringData: { user: mask('root') },
  })
})

test('a Secret is found in a list, in a request of another resource, and as a merge or JSON patch', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', data: { a: 'c2VjcmV0' } }
  const clean = { apiVersion: 'v1', kind: 'Secret', data: { a: mask('c2VjcmV0') } }
  assert.deepEqual(
    eventOf('secrets', {
      requestObject: { data: { a: 'c2VjcmV0' } },
      responseObject: { kind: 'SecretList', apiVersion: 'v1', metadata: { resourceVersion: '7' }, items: [secret] },
    }),
    {
      requestObject: { data: { a: mask('c2VjcmV0') } },
      responseObject: { kind: 'SecretList', apiVersion: 'v1', metadata: { resourceVersion: '7' }, items: [clean] },
    },
  )
  assert.deepEqual(eventOf('lists', { requestObject: { kind: 'List', items: [secret] } }), {
    requestObject: { kind: 'List', items: [clean] },
  })
  assert.deepEqual(
    eventOf('secrets', {
      requestObject: [
        { op: 'add', path: '/data/a', value: 'c2VjcmV0' },
        { op: 'add', path: '/metadata/labels/team', value: 'shop' },
      ],
    }),
    {
      requestObject: [
        { op: 'add', path: '/data/a', value: mask('c2VjcmV0') },
        { op: 'add', path: '/metadata/labels/team', value: 'shop' },
      ],
    },
  )
})

test('the answer Status of a refused request on secrets stays readable', () => {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    message: 'secrets "db" is forbidden: User "x" cannot get',
    code: 403,
  }
  assert.deepEqual(eventOf('secrets', { responseObject: status }), { responseObject: status })
})

test('tokens of TokenReview and TokenRequest are masked', () => {
  assert.deepEqual(
    eventOf('tokenreviews', {
      requestObject: { kind: 'TokenReview', spec: { token: 'opaque-thing', audiences: ['a'] } },
    }),
    { requestObject: { kind: 'TokenReview', spec: { token: mask('opaque-thing'), audiences: ['a'] } } },
  )
  assert.deepEqual(eventOf('serviceaccounts', { responseObject: { kind: 'TokenRequest', status: { token: jwt } } }), {
    responseObject: { kind: 'TokenRequest', status: { token: mask(jwt) } },
  })
})

test('environment values are masked by the name of the variable, references are kept', () => {
  const env = [
    { name: 'DB_PASSWORD', value: 'hunter2' },
    { name: 'DB_HOST', value: 'db.shop' },
    { name: 'API_KEY', value: '$(OTHER)' },
    { name: 'TOKEN_FILE', value: '/var/run/token' },
    { name: 'SESSION_SECRET', valueFrom: { secretKeyRef: { name: 'web', key: 'session' } } },
  ]
  assert.deepEqual(bodyOf('pods', { kind: 'Pod', spec: { containers: [{ name: 'c', env }] } }), {
    kind: 'Pod',
    spec: {
      containers: [{ name: 'c', env: [{ name: 'DB_PASSWORD', value: mask('hunter2') }, ...env.slice(1)] }],
    },
  })
})

test('values of a ConfigMap are masked by key and by form', () => {
  const data = {
    'db.password': 'hunter2',
    'app.yaml': 'host: db\npassword: hunter2\nport: 5432\n',
    kubeconfig: 'users:\n- user:\n    client-key-data: QUJDREVGR0g=\n    token: abcdefgh\n',
    'ca.crt': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  }
  assert.deepEqual(bodyOf('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data }), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x' },
    data: {
      'db.password': mask('hunter2'),
      'app.yaml': `host: db\npassword: ${mask('hunter2')}\nport: 5432\n`,
      kubeconfig: `users:\n- user:\n    client-key-data: ${mask('QUJDREVGR0g=')}\n    token: ${mask('abcdefgh')}\n`,
      'ca.crt': data['ca.crt'],
    },
  })
})

test('last-applied-configuration is redacted like the object that it is', () => {
  const applied = (value: string) =>
    JSON.stringify({ kind: 'Pod', spec: { containers: [{ env: [{ name: 'DB_PASSWORD', value }] }] } })
  const metadata = (value: string) => ({
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied(value) },
  })
  assert.deepEqual(bodyOf('pods', { kind: 'Pod', metadata: metadata('hunter2') }), {
    kind: 'Pod',
    metadata: metadata(mask('hunter2')),
  })
})

describe('texts are masked by form', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a JWT in a message', `got ${jwt} from client`, `got ${mask(jwt)} from client`],
    ['a private key', `key:\n${pem}\nend`, `key:\n${mask(pem)}\nend`],
    ['a private key in base64', Buffer.from(pem).toString('base64'), mask(Buffer.from(pem).toString('base64'))],
    [
      'a bearer header',
      'curl -H "Authorization: Bearer abcdefghijklmnop1234"',
      `curl -H "Authorization: Bearer ${mask('abcdefghijklmnop1234')}"`,
    ],
    ['a password in a URL', 'postgres://shop:hunter2@db:5432/shop', `postgres://shop:${mask('hunter2')}@db:5432/shop`],
    ['an AWS key', 'id AKIAIOSFODNN7EXAMPLE used', `id ${mask('AKIAIOSFODNN7EXAMPLE')} used`],
    ['an option', 'serve --db-password=hunter2 --port=80', `serve --db-password=${mask('hunter2')} --port=80`],
    [
      'an option and its value',
      'serve --db-password hunter2 --port 80',
      `serve --db-password ${mask('hunter2')} --port 80`,
    ],
  ]
  for (const [name, text, clean] of cases) {
    test(name, () => {
      assert.deepEqual(bodyOf('pods', { spec: { text } }), { spec: { text: clean } })
    })
  }
})

describe('texts that only look like secrets are kept', () => {
  const cases = [
    'secrets "db-password" is forbidden: User "bob" cannot get resource "secrets"',
    '--service-account-private-key-file=/etc/kubernetes/sa.key',
    '--tokens-ttl=3600',
    'https://example.com/a:b@c',
    '/var/run/secrets/kubernetes.io/serviceaccount',
    'registry.example.com/shop/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'Basic authentication is off',
  ]
  for (const text of cases) {
    test(text, () => {
      const record = version('pods', { spec: { text } })
      assert.equal(redact(record), record)
    })
  }
})

test('a value that follows a secret flag in a list of arguments is masked', () => {
  assert.deepEqual(bodyOf('pods', { args: ['--password', 'hunter2', '--verbose', 'yes'] }), {
    args: ['--password', mask('hunter2'), '--verbose', 'yes'],
  })
})

test('query parameters of a request URI are masked, decoded or not, and the lifted field with them', () => {
  const requestURI =
    '/api/v1/namespaces/shop/pods/web/exec?command=sh&command=--password%3Dhunter2&access_token=abc&stdin=true'
  const clean = `/api/v1/namespaces/shop/pods/web/exec?command=sh&command=${encodeURIComponent(`--password=${mask('hunter2')}`)}&access_token=${encodeURIComponent(mask('abc'))}&stdin=true`
  const record = audit('pods', { requestURI })
  assert.deepEqual(redact(record), { ...record, requestUri: clean, event: { requestURI: clean } })
})

test('a JSON patch that sets an environment value is masked, as its name is not told', () => {
  const patch = [{ op: 'replace', path: '/spec/template/spec/containers/0/env/2/value', value: 'hunter2' }]
  assert.deepEqual(eventOf('deployments', { requestObject: patch }), {
    requestObject: [{ ...patch[0], value: mask('hunter2') }],
  })
})

test('redacting twice changes nothing', () => {
  const once = redact(version('pods', { env: [{ name: 'DB_PASSWORD', value: 'hunter2' }], url: 'a://b:secret@c' }))
  assert.equal(redact(once), once)
})

// A pattern that backtracks would take hours over these and hit the bound.
test('a megabyte of the start of every kind of secret is read in linear time', { timeout: 120_000 }, () => {
  const size = 1024 * 1024
  const starts = ['eyJ', 'eyJ.', '://', '-----BEGIN ', 'password', '--token-', 'a:', 'LS0tLS1CRUdJTi', 'ghp_', '-']
  const data = Object.fromEntries(starts.map((start, index) => [`f${index}`, start.repeat(size / start.length)]))
  const record = version('configmaps', { kind: 'ConfigMap', apiVersion: 'v1', data })
  assert.equal(redact(record), record)
})

describe('runtime events', () => {
  const runtime = (line: string, event: JsonObject): RuntimeRecord => ({
    kind: 'runtime',
    time: 0,
    receivedAt: 0,
    cluster: 'c',
    source: 's',
    sensor: 'falco',
    eventId: '0123456789abcdef0123456789abcdef',
    type: 'Terminal shell in container',
    priority: 'Notice',
    tags: [],
    message: `A shell was spawned (command=${line})`,
    node: 'worker-1',
    namespace: 'shop',
    pod: 'web-1',
    podUid: '',
    container: 'web',
    containerId: '',
    image: '',
    process: { binary: '/usr/bin/mysql', arguments: line, pid: 7, user: 'root', parentBinary: '' },
    request: undefined,
    event,
  })

  test('lose the secrets of command lines, messages and environments', () => {
    const line = '--password=hunter2hunter2 -h db'
    const clean = redact(
      runtime(line, {
        output: `command=${line}`,
        output_fields: { 'proc.cmdline': `mysql ${line}`, 'proc.env': 'HOME=/ DB_PASSWORD=hunter3hunter3' },
        process_exec: { process: { environment_variables: [{ Key: 'API_TOKEN', Value: 'hunter4' }] } },
      }),
    )
    assert.doesNotMatch(JSON.stringify(clean), /hunter\d/)
    assert.ok(clean.kind === 'runtime')
    assert.equal(clean.process?.arguments, `--password=${mask('hunter2hunter2')} -h db`)
    assert.deepEqual(clean, redact(clean))
  })

  test('get an id that tells nothing of what was taken out, the same each time', () => {
    const harmless = runtime('-h db', { output: 'x' })
    assert.equal(redact(harmless), harmless)
    const secret = runtime('--password=hunter2hunter2', {})
    const clean = redact(secret)
    assert.ok(clean.kind === 'runtime')
    assert.notEqual(clean.eventId, secret.eventId)
    assert.match(clean.eventId, /^[0-9a-f]{32}$/)
    assert.deepEqual(redact(secret), clean)
  })
})
