import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { createDetector } from '../../detect/detector.ts'
import { audit } from '../../detect/fixture.ts'
import { loadRuleSet } from '../../detect/rule-set.ts'
import type { ObjectVersion } from '../../model/object.ts'
import type { AuditRecord } from '../../model/record.ts'
import { formatMicros } from '../../model/time.ts'
import { sampleObject } from '../../state/fixture.ts'
import { type Around, runCommand } from '../fixture.ts'
import { rehearseCommand } from './command.ts'

type Files = Readonly<Record<string, string | Uint8Array>>

/** Runs `bulwark rehearse …` in a folder with these files; `@` in an argument stands for the folder. */
const run = async (files: Files, args: readonly string[], more: Omit<Around, 'files'> = {}) => {
  const argsIn = (folder: string) => args.map((arg) => arg.replace('@', folder))
  const { folder, code, stdout, stderr } = await runCommand(rehearseCommand, argsIn, { files, ...more })
  return { code, stdout: stdout.replaceAll(`${folder}/`, ''), stderr: stderr.replaceAll(`${folder}/`, '') }
}

const id = '4f2f2f3e-6a55-4d0e-8b4c-2a3f6f0d8c11'
const rule = (selection: string): string => `title: Secrets read
id: ${id}
status: test
level: high
logsource: {product: kubernetes, service: audit}
detection:
  sel: ${selection}
  condition: sel
`
const today = rule('{verb: get, objectRef.resource: secrets}')
const narrower = rule('{verb: [get, escalate], objectRef.resource: secrets, user.username: alice}')
const suppression = (name: string, more = ''): string => `apiVersion: bulwark.dev/v1alpha1
kind: Suppression
metadata: {name: ${name}}
spec: {rules: [${id}], query: 'user:backup', owner: bob, reason: it reads everything, expires: '${formatMicros((Date.now() + 86_400_000) * 1000)}'${more}}
`

/** Twenty reads in twenty minutes, every fourth by the backup; and a gap. */
const events = Array.from({ length: 20 }, (_, n) => audit(n * 60, { user: n % 4 === 0 ? 'backup' : 'alice' }))
const recording = (extra: readonly string[] = []): Uint8Array => {
  const [first, last] = [events[0], events.at(-1)].map((one) => formatMicros(one?.time ?? 0))
  const header = {
    bulwark: 'recording',
    version: 1,
    cluster: 'shop',
    from: first,
    to: last,
    description: 'd',
    records: 20,
  }
  const gap = { from: first, to: first, reason: 'stream-broken', what: 'the watch was cut', estimate: 3 }
  const lines = [
    JSON.stringify(header),
    JSON.stringify({ t: first, s: 'gaps', d: gap }),
    ...events.map(({ time, event }) => JSON.stringify({ t: formatMicros(time), s: 'audit', d: event })),
    ...extra,
  ]
  return zstdCompressSync(Buffer.from(`${lines.join('\n')}\n`))
}
const files = { 'new.yml': narrower, 'today.yml': today, 'r.zst': recording(), 's.yml': suppression('backup') }
const offline = ['--recording', '@/r.zst', '--rules', '@/today.yml', '--rule-sets', 'none']

describe('on a recording', () => {
  test('a changed rule is told old against new, with samples, gaps and what the period never had', async () => {
    const { code, stdout, stderr } = await run(files, ['rule', '@/new.yml', '--replaces', id, ...offline])
    assert.equal(code, 0)
    assert.equal(stderr, '')
    assert.equal(
      stdout.replace(/(gone .*\n)+/, '<gone>\n').replace(/(kept .*\n)+/, '<kept>\n'),
      `new.yml, 2026-11-26 12:00 to 2026-11-26 12:19
fired 20 times before, 15 times after (5 fewer), over 20 records: 20 audit events

BEFORE  AFTER  DAY
    20     15  2026-11-26

BEFORE  AFTER  PRINCIPAL
    15     15  alice
     5      0  backup

CHANGE  TIME                 SAMPLE
<gone>
<kept>
… and 10 more samples (all of them: --json)

Gaps in this period, of which it can say nothing:
  2026-11-26 12:00:00 to 2026-11-26 12:00:00 recording: the watch was cut

What it asks for and this period never had:
  no event has verb "escalate"
`,
    )
  })

  test('rules over sensors and Events see what was recorded of them, and a kind that is not there is told', async () => {
    const alert = {
      rule: 'Shell',
      priority: 'Notice',
      output: 'a shell',
      hostname: 'node-1',
      output_fields: { 'k8s.ns.name': 'shop', 'k8s.pod.name': 'web-1', 'proc.exepath': '/bin/bash' },
    }
    const told = (second: number, count: number): object => ({
      time: events[0]?.time,
      ref: { group: '', version: 'v1', kind: 'Event', resource: 'events', namespace: 'shop', name: 'web-1.1' },
      uid: 'e1',
      resourceVersion: `${second}`,
      change: 'modified',
      synthesised: false,
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'web-1.1', namespace: 'shop', uid: 'e1', resourceVersion: `${second}` },
        involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
        reason: 'BackOff',
        count,
        lastTimestamp: at(second),
      },
    })
    const at = (second: number): string => formatMicros((events[0]?.time ?? 0) + second * 1_000_000)
    const end = at(1140)
    const more = recording([
      ...[1, 2, 3].map((n) =>
        JSON.stringify({ t: end, s: 'falco', d: { ...alert, time: end, output: `a shell ${n}` } }),
      ),
      ...[1, 2, 2, 5].map((count, n) => JSON.stringify({ t: end, s: 'objects', d: told(1150 + n, count) })),
    ])
    const over = (service: string, selection: string): string =>
      rule(selection).replace('service: audit', `service: ${service}`)
    const tried = async (text: string, zst: Uint8Array) => {
      const args = ['rule', '@/x.yml', '--recording', '@/r.zst', '--rule-sets', 'none']
      const { code, stdout } = await run({ 'x.yml': text, 'r.zst': zst }, args)
      assert.equal(code, 0)
      return stdout
    }
    const shells = await tried(over('runtime', '{Image|endswith: bash, namespace: shop}'), more)
    assert.match(shells, /fired 0 times before, 3 times after \(3 more\), over 3 records: 3 runtime records\n/)
    const repeated = await tried(over('events', '{reason: BackOff}'), more)
    assert.match(repeated, /fired 0 times before, 4 times after .*, over 4 records: 4 Kubernetes Events\n/)
    const absent = await tried(over('runtime', '{Image|endswith: bash}'), recording())
    assert.match(absent, /over 0 records: 0 runtime records\n/)
    assert.match(absent, /never had:\n {2}the record has nothing of runtime sensors in this period/)
  })

  test('what a request lowered is what a live detector says of the same lines, also of a part', async () => {
    const text = rule('{lowered.guard: "*"}')
    const enforce = 'pod-security.kubernetes.io/enforce'
    const began = events[0]?.time ?? 0
    const time = (second: number): number => began + second * 1_000_000
    const version = (second: number, level: string | undefined): ObjectVersion =>
      sampleObject({
        kind: 'Namespace',
        name: 'payments',
        ...(level !== undefined && { labels: { [enforce]: level } }),
        time: time(second),
      })
    const target = {
      group: '',
      version: 'v1',
      resource: 'namespaces',
      subresource: '',
      namespace: '',
      name: 'payments',
    }
    const change = (second: number, level?: string): AuditRecord => {
      const requestObject = { metadata: { labels: { [enforce]: level ?? null } } }
      return audit(second, { verb: 'patch', target, event: level === undefined ? {} : { requestObject } })
    }
    const told = [
      version(0, 'restricted'),
      change(100, 'baseline'),
      version(100.1, 'baseline'),
      // Whose request nobody told of.
      version(300, 'restricted'),
      // Of which the version alone tells what it made.
      change(900, undefined),
      version(900.2, 'baseline'),
      change(1000, 'privileged'),
    ]
    const lines = told.map((record) => {
      const { kind, receivedAt: _, cluster: __, source: ___, ...version } = record
      const line = kind === 'object' ? { s: 'objects', d: version } : { s: 'audit', d: record.event }
      return JSON.stringify({ t: formatMicros(record.time), ...line })
    })
    const detector = createDetector(loadRuleSet([{ name: 'x.yml', text, origin: 'user' }]), { enabled: () => true })
    const live = told.flatMap((record, seq) => detector.step([{ position: { seq, index: 0 }, record }]))
    assert.equal(live.length, 3)
    const tried = async (from: string, zst = recording(lines)) => {
      const args = ['rule', '@/x.yml', '--recording', '@/r.zst', '--rule-sets', 'none', '--json', '--from', from]
      const { code, stdout } = await run({ 'x.yml': text, 'r.zst': zst }, args)
      assert.equal(code, 0)
      const { samples, unexercised } = JSON.parse(stdout)
      return { messages: samples.map(({ message }: { message: string }) => message), unexercised }
    }
    const messages = live.map(({ message }) => message).toReversed()
    assert.deepEqual(await tried(formatMicros(began)), { messages, unexercised: [] })
    assert.deepEqual(await tried(formatMicros(time(600))), { messages: messages.slice(0, 2), unexercised: [] })
    const { unexercised } = await tried(formatMicros(began), recording(lines.slice(3)))
    assert.match(unexercised.join(), /before 2026-11-26T12:05:00Z: since then the record has the objects themselves/)
  })

  test('a part of it is counted from its end', async () => {
    const args = ['rule', '-', '--since', '5m', ...offline.slice(0, 2), '--rule-sets', 'none', '--json']
    const { code, stdout } = await run(files, args, { input: narrower })
    assert.equal(code, 0)
    const { before, after, toScan, scanned, from } = JSON.parse(stdout)
    assert.deepEqual([before, after, toScan, scanned], [0, 4, 5, 5])
    assert.match(from, /^2026-11-26T12:14:00/)
  })

  test('a suppression is told by what it keeps out', async () => {
    const { code, stdout } = await run(files, ['suppression', '@/s.yml', '-o', 'json', ...offline])
    assert.equal(code, 0)
    const { before, after, byPrincipal } = JSON.parse(stdout)
    assert.deepEqual([before, after], [20, 15])
    assert.deepEqual(byPrincipal[1], { principal: 'backup', before: 5, after: 0 })
  })

  test('in CI it ends with 1 where it fires too often, or more often than before', async () => {
    const code = async (...more: readonly string[]) =>
      (await run(files, ['rule', '@/new.yml', ...offline.slice(0, 2), '--rule-sets', 'none', ...more])).code
    assert.equal(await code('--max-fired', '14'), 1)
    assert.equal(await code('--max-fired', '15'), 0)
    assert.equal(await code('--fail-if-more', '14'), 1)
    assert.equal(await code('--fail-if-more', '15'), 0)
  })

  test('lines that cannot be read are told, and end with 3', async () => {
    const broken = {
      ...files,
      'r.zst': recording(['{"t":', JSON.stringify({ t: '2026-11-26T12:19:00Z', s: 'audit', d: {} })]),
    }
    const { code, stdout, stderr } = await run(broken, ['rule', '@/new.yml', ...offline])
    assert.equal(code, 3)
    assert.match(stdout, /fired 0 times before, 15 times after/)
    assert.equal(stderr, 'not read: line 23: it is not valid JSON\nnot read: line 24: auditID is missing\n')
  })

  test('progress is shown on a terminal alone, and is gone at the end', async () => {
    const { stderr } = await run(files, ['rule', '@/new.yml', ...offline], { isTTY: true })
    const clear = '\r\u001b[K'
    assert.ok(stderr.startsWith(`${clear}0 % of 20 records, fired 0 before, 0 after`), stderr)
    assert.ok(stderr.endsWith(clear), stderr)
  })
})

describe('what is asked wrongly is refused', () => {
  const refused = async (args: readonly string[], code: string, where: RegExp, more: Files = {}) => {
    await assert.rejects(run({ ...files, ...more }, args), (error) => {
      assert.ok(error instanceof Error)
      assert.equal(Reflect.get(error, 'code'), code, error.message)
      assert.match(String(Reflect.get(error, 'where')), where)
      return true
    })
  }

  test('a rule in error by line and column', () =>
    refused(['rule', '@/bad.yml', ...offline], 'RULES_INVALID', /^line 7, column \d+/, {
      'bad.yml': rule('{verb|contians: get}'),
    }))

  test('a suppression without an owner by line', () =>
    refused(['suppression', '@/bad.yml', ...offline], 'SUPPRESSION_INVALID', /bad\.yml:\d+$/, {
      'bad.yml': suppression('backup').replace('owner: bob, ', ''),
    }))

  test('several suppressions without a name', async () => {
    const two = { 's.yml': `${suppression('backup')}---\n${suppression('ci')}` }
    await refused(['suppression', '@/s.yml', ...offline], 'CONFIG_INVALID', /s\.yml$/, two)
    await refused(['suppression', '@/s.yml', '--name', 'none', ...offline], 'CONFIG_INVALID', /s\.yml$/, two)
    assert.equal((await run({ ...files, ...two }, ['suppression', '@/s.yml', '--name', 'ci', ...offline])).code, 0)
  })

  test('a file that is not there, a recording that is none, a period that begins twice, rules of a server', async () => {
    await refused(['rule', '@/none.yml', ...offline], 'NOT_FOUND', /none\.yml$/)
    for (const text of [Buffer.from([0xff]), ' '.repeat(1024 * 1024 + 1), ' '.repeat(4 * 1024 * 1024 + 1)])
      await refused(['rule', '@/odd.yml', ...offline], 'NOT_FOUND', /odd\.yml$/, { 'odd.yml': text })
    await refused(['rule', '@/new.yml', '--recording', '@/new.yml'], 'RECORDING_INVALID', /new\.yml/)
    await refused(['rule', '@/new.yml', '--since', '1h', '--from', '2h'], 'CONFIG_INVALID', /--since/)
    await refused(['rule', '@/new.yml', '--rules', '@/today.yml'], 'CONFIG_INVALID', /--rules/)
    await refused(['rule', '@/new.yml', '--max-fired', 'many'], 'CONFIG_INVALID', /--max-fired/)
    await refused(['rule', '@/new.yml', ...offline, '--rule-sets', 'mine'], 'CONFIG_INVALID', /--rule-sets/)
  })
})

describe('a server', () => {
  const status = {
    ...{ id: 'b1', state: 'running', from: '2026-11-19T12:00:00Z', to: '2026-11-26T12:00:00Z' },
    ...{
      scanned: 0,
      toScan: 10,
      read: [{ kind: 'audit', records: 10 }],
      before: 0,
      after: 0,
      byDay: [],
      byPrincipal: [],
      samples: [],
      gaps: [],
      unexercised: [],
    },
  }
  /** Answers with these, one after another, the last for good. */
  const serving = async (answers: readonly (readonly [number, object])[], args: readonly string[]) => {
    const asked: { method: string; url: string; body: string; token: string }[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        const [code, answer] = answers[Math.min(asked.length, answers.length - 1)] ?? [500, {}]
        asked.push({
          method: request.method ?? '',
          url: request.url ?? '',
          body,
          token: request.headers.authorization ?? '',
        })
        response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const env = {
      BULWARK_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      BULWARK_TOKEN: 'a-token-of-sixteen',
    }
    try {
      return { asked, ...(await run(files, args, { env })) }
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }

  test('is asked to begin, and again until it is done', async () => {
    const done = { ...status, state: 'done', scanned: 10, before: 3, after: 1 }
    const { asked, code, stdout } = await serving(
      [
        [200, status],
        [200, { ...status, scanned: 5 }],
        [200, done],
      ],
      ['suppression', '@/s.yml', '--from', '2026-11-19T12:00:00Z'],
    )
    assert.equal(code, 0)
    assert.match(
      stdout,
      /^backup, 2026-11-19 12:00 to 2026-11-26 12:00\nfired 3 times before, 1 time after \(2 fewer\)/,
    )
    assert.deepEqual(
      asked.map(({ method, url, token }) => [method, url, token]),
      [
        ['POST', '/api/v1/backtests', 'Bearer a-token-of-sixteen'],
        ['GET', '/api/v1/backtests/b1', 'Bearer a-token-of-sixteen'],
        ['GET', '/api/v1/backtests/b1', 'Bearer a-token-of-sixteen'],
      ],
    )
    const sent = JSON.parse(asked[0]?.body ?? '')
    assert.deepEqual([sent.kind, sent.from, sent.to], ['suppression', '2026-11-19T12:00:00.000000Z', undefined])
    assert.deepEqual([sent.suppression.name, sent.suppression.rules], ['backup', [id]])
  })

  test('that could not end it makes the command end with 3', async () => {
    const failed = { ...status, state: 'failed', error: 'the store does not answer' }
    const { code, stdout } = await serving([[200, failed]], ['rule', '@/new.yml'])
    assert.equal(code, 3)
    assert.match(stdout, /\(failed: the store does not answer\)/)
  })

  test('that refuses it is told in its own words', async () => {
    const error = { code: 'OVERLOADED', what: '2 back-tests are running', mend: 'Wait for one of them' }
    await assert.rejects(serving([[503, { error }]], ['rule', '@/new.yml']), {
      code: 'OVERLOADED',
      message: '2 back-tests are running. Wait for one of them',
    })
  })
})
