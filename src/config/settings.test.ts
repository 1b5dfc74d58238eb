import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Flags, settingsFrom } from './settings.ts'

const message = (flags: Flags, env: Readonly<Record<string, string>> = {}): string => {
  try {
    settingsFrom(flags, env)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'accepted'
}

test('listens on loopback and looks for a cluster when nothing is said', () => {
  assert.deepEqual(settingsFrom({}, {}), {
    listen: { host: '127.0.0.1', port: 7300, loopback: true, text: '127.0.0.1:7300' },
    token: undefined,
    dataDir: undefined,
    storeUrl: undefined,
    what: { kind: 'auto', kubeconfig: undefined, context: undefined },
    auditListen: { host: '127.0.0.1', port: 7301, loopback: true, text: '127.0.0.1:7301' },
    auditTls: undefined,
    auditLog: undefined,
    falcoListen: undefined,
    falcoLog: undefined,
    tetragonListen: undefined,
    tetragonLog: undefined,
    sensorTls: undefined,
    secrets: 'none',
    exclude: undefined,
    retention: { eventDays: 395, rawDays: 30 },
    rules: {
      sets: ['bulwark'],
      paths: [],
      urls: [],
      allow: [],
      namespace: undefined,
      suppressionStatus: 'off',
      suppressions: [],
      outputs: undefined,
    },
  })
})

test('a flag goes before its environment variable', () => {
  const env = { BULWARK_DATA_DIR: '/env', BULWARK_PORT: '8000', BULWARK_AUDIT_LISTEN: 'off' }
  const settings = settingsFrom({ dataDir: '/flag' }, env)
  assert.equal(settings.dataDir, '/flag')
  assert.equal(settings.listen.text, '127.0.0.1:8000')
  assert.equal(settings.auditListen, undefined)
})

test('an address that others reach demands a token', () => {
  const refused =
    '0.0.0.0:7300 is reachable from other machines, so it needs authentication (--listen). ' +
    'Set BULWARK_TOKEN to a secret of at least 16 characters (openssl rand -hex 24), or listen on 127.0.0.1'
  assert.equal(message({ listen: '0.0.0.0:7300' }), refused)
  assert.equal(message({ listen: '0.0.0.0:7300', token: 'short' }), refused)
  assert.equal(message({ listen: '0.0.0.0:7300' }, { BULWARK_TOKEN: '0123456789abcdef' }), 'accepted')
  assert.equal(message({ listen: '[::1]:7300' }), 'accepted')
})

test('kinds to leave out are a list, and an empty one leaves out nothing', () => {
  assert.deepEqual(settingsFrom({ exclude: 'leases.coordination.k8s.io, events' }, {}).exclude, [
    'leases.coordination.k8s.io',
    'events',
  ])
  assert.deepEqual(settingsFrom({ exclude: '' }, {}).exclude, [])
})

test('sensors are received where an address is given, each at its own', () => {
  const settings = settingsFrom(
    { falcoListen: '0.0.0.0:7302', sensorTlsCert: '/c', sensorTlsKey: '/k', tetragonLog: '/var/run/tetragon.log' },
    { BULWARK_TETRAGON_LISTEN: '127.0.0.1:7303', BULWARK_FALCO_LOG: '/var/log/falco.json' },
  )
  assert.equal(settings.falcoListen?.text, '0.0.0.0:7302')
  assert.equal(settings.tetragonListen?.text, '127.0.0.1:7303')
  assert.deepEqual(settings.sensorTls, { cert: '/c', key: '/k', clientCa: undefined })
  assert.deepEqual([settings.falcoLog, settings.tetragonLog], ['/var/log/falco.json', '/var/run/tetragon.log'])
  assert.equal(settingsFrom({ falcoListen: 'off' }, {}).falcoListen, undefined)
})

const wrong: readonly (readonly [Flags, string])[] = [
  [
    { listen: '7300' },
    '"7300" is not an address to listen on (--listen). Write HOST:PORT with a port up to 65535, for example 127.0.0.1:7300',
  ],
  [
    { port: '70000' },
    '"127.0.0.1:70000" is not an address to listen on (--port). Write HOST:PORT with a port up to 65535, for example 127.0.0.1:7300',
  ],
  [
    { store: 'clickhouse' },
    'the store is not a URL of a ClickHouse (--store). Write it as https://user@host:8443/database',
  ],
  [{ speed: '3' }, 'a speed is for a recording, and none is given (--speed). Add --recording FILE'],
  [{ recording: 'a', speed: '-1' }, '"-1" is not a speed (--speed). Give a number such as 1, 10 or 60, or max'],
  [{ secrets: 'all' }, '"all" is not known (--secrets). It is one of none, metadata'],
  [{ retentionDays: '0' }, '"0" is not a whole number from 1 to 36500 (--retention-days). Give one, such as 1'],
  [
    { auditTlsKey: 'k' },
    'HTTPS needs a certificate and its key (--audit-tls-cert). Give both --audit-tls-cert FILE and --audit-tls-key FILE',
  ],
  [
    { sensorTlsCert: 'c' },
    'HTTPS needs a certificate and its key (--sensor-tls-cert). Give both --sensor-tls-cert FILE and --sensor-tls-key FILE',
  ],
  [
    { tetragonListen: 'here' },
    '"here" is not an address to listen on (--tetragon-listen). Write HOST:PORT with a port up to 65535, for example 127.0.0.1:7300',
  ],
]

for (const [flags, expected] of wrong) {
  test(`refuses ${JSON.stringify(flags)} and says how to mend it`, () => assert.equal(message(flags), expected))
}

test('rules come from sets, files, folders and https addresses', () => {
  const { rules } = settingsFrom(
    {
      ruleSets: 'bulwark, falco',
      rules: ['/a', 'https://example.org/r.yml'],
      rulesNamespace: 'security',
      suppressions: ['/s.yml'],
      outputs: '/o.yml',
    },
    { BULWARK_RULES_ALLOW: 'git.internal,10.0.0.0/8' },
  )
  assert.deepEqual(rules, {
    sets: ['bulwark', 'falco'],
    paths: ['/a'],
    urls: ['https://example.org/r.yml'],
    allow: ['git.internal', '10.0.0.0/8'],
    namespace: 'security',
    suppressionStatus: 'off',
    suppressions: ['/s.yml'],
    outputs: '/o.yml',
  })
  assert.deepEqual(settingsFrom({ ruleSets: 'none' }, { BULWARK_RULES: '/x,/y' }).rules.paths, ['/x', '/y'])
  assert.equal(
    message({ rules: ['http://example.org/r.yml'] }),
    'rules are fetched by https only (--rules). Give a file, a folder, or an https address',
  )
  assert.match(message({ ruleSets: 'mine' }), /"mine" is not known/)
  assert.equal(settingsFrom({}, { BULWARK_SUPPRESSION_STATUS: 'write' }).rules.suppressionStatus, 'write')
  assert.match(message({ suppressionStatus: 'on' }), /"on"/)
})
