import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { describe, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { z } from 'zod'
import { alertmanagerOutput } from './alertmanager.ts'
import { emailOutput } from './email.ts'
import { digest, localhost, noticeOf, receiver } from './fixture.ts'
import { kubernetesEventOutput } from './kubernetes-event.ts'
import { DeliveryFailure, type Notice } from './output.ts'
import { pagerDutyOutput } from './pagerduty.ts'
import { slackOutput } from './slack.ts'
import { syslogOutput } from './syslog.ts'
import { teamsOutput } from './teams.ts'
import { webhookOutput } from './webhook.ts'

/** Its modules are written for bundlers; the bundle runs anywhere. */
const { AdaptiveCard, SerializationContext, Versions }: typeof import('adaptivecards') = createRequire(import.meta.url)(
  'adaptivecards/dist/adaptivecards.js',
)

const hostile: Notice = noticeOf('opened', {
  title:
    'x\r\nBcc: everybody@example.com <script>alert(1)</script> *bold* [link](http://evil) \u202Egnp.exe <!channel> & "]'.padEnd(
      5000,
      'é',
    ),
  namespaces: Array.from({ length: 100 }, (_, n) => `ns-${n}`),
})
const all = [
  noticeOf('opened'),
  noticeOf('closed', { state: 'closed', closingReason: 'false-positive' }),
  digest,
  hostile,
]

describe('slack', () => {
  /** Bounds of Block Kit: https://docs.slack.dev/reference/block-kit/blocks */
  const text = (most: number) =>
    z.strictObject({
      type: z.enum(['plain_text', 'mrkdwn']),
      text: z.string().min(1).max(most),
      emoji: z.boolean().optional(),
    })
  const message = z.strictObject({
    channel: z.string(),
    ts: z.string().optional(),
    text: z.string().min(1).max(40_000),
    unfurl_links: z.literal(false),
    unfurl_media: z.literal(false),
    blocks: z
      .array(
        z.discriminatedUnion('type', [
          z.strictObject({ type: z.literal('header'), text: text(150) }),
          z.strictObject({
            type: z.literal('section'),
            text: text(3000).optional(),
            fields: z.array(text(2000)).min(1).max(10).optional(),
          }),
          z.strictObject({
            type: z.literal('actions'),
            elements: z
              .array(z.strictObject({ type: z.literal('button'), text: text(75), url: z.url().max(3000) }))
              .max(25),
          }),
        ]),
      )
      .max(50),
  })
  const settings = { id: 's', channel: 'C1', token: 'xoxb-secret', allow: localhost }
  const ok = (_: unknown, response: { end(text: string): void }) =>
    response.end('{"ok":true,"ts":"17.1","channel":"C1"}')

  test('posts a case once, then edits the same message and says in its thread that it was closed', async () => {
    await using server = await receiver(ok)
    const slack = slackOutput({ ...settings, api: server.url })
    const thread = await slack.send(noticeOf('opened'), undefined)
    assert.deepEqual(thread, { ts: '17.1', channel: 'C1' })
    await slack.send(noticeOf('changed'), thread)
    await slack.send(noticeOf('closed', { closingReason: 'false-positive' }), thread)
    assert.deepEqual(
      server.received.map(({ path }) => path),
      ['/chat.postMessage', '/chat.update', '/chat.update', '/chat.postMessage'],
    )
    assert.equal(server.received[0]?.headers.authorization, 'Bearer xoxb-secret')
    assert.deepEqual(JSON.parse(server.received[3]?.body ?? ''), {
      channel: 'C1',
      thread_ts: '17.1',
      text: 'Closed: false positive',
    })
  })

  test('sends only what Block Kit takes, with names as text', async () => {
    await using server = await receiver(ok)
    const slack = slackOutput({ ...settings, api: server.url })
    for (const notice of all) await slack.send(notice, undefined)
    for (const { body } of server.received) {
      const { text, blocks } = message.parse(JSON.parse(body))
      const texts = blocks.flatMap((block) =>
        'elements' in block ? [] : [block.text, ...('fields' in block ? (block.fields ?? []) : [])],
      )
      const marked = [text, ...texts.flatMap((one) => (one?.type === 'mrkdwn' ? [one.text] : []))]
      // The only markup are the links to our own page.
      assert.ok(
        marked.every((one) => /^[^<>]*(<http:\/\/127\.0\.0\.1:7300\/cases\/c7f3k2\|Open the case>)?$/.test(one)),
      )
      assert.ok(!body.includes('\u202e') && !body.includes('\r'))
    }
  })

  test('tries again what is passing and gives up what Slack refuses', async () => {
    for (const [error, retry] of [
      ['ratelimited', true],
      ['channel_not_found', false],
      ['invalid_auth', false],
    ] as const) {
      await using server = await receiver((_, response) => response.end(JSON.stringify({ ok: false, error })))
      const slack = slackOutput({ ...settings, api: server.url })
      await assert.rejects(slack.send(noticeOf('opened'), undefined), (failure) => {
        assert.ok(failure instanceof DeliveryFailure)
        assert.deepEqual([failure.message, failure.retry], [`Slack refused it: ${error}`, retry])
        return true
      })
    }
  })

  test('shows what it would send without the token', () => {
    const preview = slackOutput(settings).preview(noticeOf('opened'), undefined)
    assert.equal(JSON.parse(preview).channel, 'C1')
    assert.ok(!preview.includes('xoxb-secret'))
  })
})

test('teams: a connector that says 200 to what did not arrive is tried again', async () => {
  const said = 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429'
  await using server = await receiver((_, response) => response.end(said))
  const teams = teamsOutput({ id: 't', url: `${server.url}/hook`, allow: localhost })
  await assert.rejects(teams.send(noticeOf('opened'), undefined), { name: 'DeliveryFailure', retry: true })
})

test('teams: each message holds one card that the Adaptive Cards library reads without a complaint', async () => {
  await using server = await receiver()
  const teams = teamsOutput({ id: 't', url: `${server.url}/hook`, allow: localhost })
  for (const notice of all) await teams.send(notice, undefined)
  assert.equal(server.received.length, all.length)
  for (const { body } of server.received) {
    const { type, attachments } = JSON.parse(body)
    assert.equal(type, 'message')
    assert.equal(attachments.length, 1)
    assert.equal(attachments[0].contentType, 'application/vnd.microsoft.card.adaptive')
    const context = new SerializationContext(Versions.v1_4)
    const card = new AdaptiveCard()
    card.parse(attachments[0].content, context)
    const events = Array.from({ length: context.eventCount }, (_, n) => context.getEventAt(n).message)
    assert.deepEqual(events, [])
    assert.deepEqual(
      card.validateProperties().validationEvents.map(({ message }) => message),
      [],
    )
    assert.ok(Buffer.byteLength(body) < 28_000)
    assert.ok(!body.includes('[link](http://evil)'))
  }
})

test('pagerduty: one incident a case by its key, resolved with the case, as Events API v2 reads it', async () => {
  // https://developer.pagerduty.com/docs/send-alert-event
  const event = z.strictObject({
    routing_key: z.string().length(32),
    event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
    dedup_key: z.string().max(255),
    client: z.string(),
    client_url: z.url().optional(),
    payload: z.strictObject({
      summary: z.string().min(1).max(1024),
      source: z.string().min(1),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.string()).optional(),
    }),
    links: z.array(z.strictObject({ href: z.url(), text: z.string() })),
  })
  await using server = await receiver((_, response) => {
    response.statusCode = 202
    response.end('{"status":"success","message":"Event processed","dedup_key":"x"}')
  })
  const pagerduty = pagerDutyOutput({ id: 'p', routingKey: 'k'.repeat(32), url: server.url, allow: localhost })
  for (const notice of [...all, noticeOf('changed', { state: 'acknowledged' })]) await pagerduty.send(notice, undefined)
  const events = server.received.map(({ body }) => event.parse(JSON.parse(body)))
  assert.deepEqual(
    events.map((one) => [one.event_action, one.dedup_key, one.payload.severity]),
    [
      ['trigger', 'bulwark/c7f3k2', 'error'],
      ['resolve', 'bulwark/c7f3k2', 'error'],
      ['trigger', 'bulwark/digest/2026-11-23T17:00:00.000Z', 'warning'],
      ['trigger', 'bulwark/c7f3k2', 'error'],
      ['acknowledge', 'bulwark/c7f3k2', 'error'],
    ],
  )
  assert.ok(!pagerduty.preview(noticeOf('opened'), undefined).includes('kkkk'))
})

test('alertmanager: alerts as its API v2 takes them, with labels that never change for a case', async () => {
  // postableAlert of github.com/prometheus/alertmanager api/v2/openapi.yaml; label names by the data model.
  const labels = z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string())
  const alerts = z.array(
    z.strictObject({
      labels,
      annotations: labels,
      startsAt: z.iso.datetime(),
      endsAt: z.iso.datetime(),
      generatorURL: z.url().optional(),
    }),
  )
  await using server = await receiver()
  const output = alertmanagerOutput({
    id: 'a',
    url: `${server.url}/prefix`,
    authorization: 'Bearer t',
    allow: localhost,
  })
  for (const notice of [...all, noticeOf('changed', { severity: 'critical', owner: 'alice' })])
    await output.send(notice, undefined)
  assert.ok(
    server.received.every(
      ({ path, headers }) => path === '/prefix/api/v2/alerts' && headers.authorization === 'Bearer t',
    ),
  )
  const sent = server.received.map(({ body }) => alerts.parse(JSON.parse(body)))
  const [opened, closed, , , changed] = sent.map(([one]) => one)
  assert.deepEqual(opened?.labels, { alertname: 'BulwarkCase', case: 'c7f3k2', cluster: 'shop', namespace: 'payments' })
  assert.deepEqual(changed?.labels, opened?.labels)
  assert.deepEqual(closed?.labels, opened?.labels)
  assert.ok(Date.parse(closed?.endsAt ?? '') < Date.parse(opened?.endsAt ?? ''))
})

test('webhook: the signature is that of Standard Webhooks over id, time and body', async () => {
  await using server = await receiver()
  const key = Buffer.from('0123456789abcdef0123456789abcdef')
  const output = webhookOutput({
    id: 'w',
    url: `${server.url}/x?token=t`,
    secret: `whsec_${key.toString('base64')}`,
    allow: localhost,
    now: () => 1_700_000_000,
  })
  await output.send(noticeOf('opened'), undefined)
  const [one] = server.received
  assert.equal(one?.headers['webhook-id'], 'c7f3k2-opened-2026-11-23T17:05:01.000000Z')
  const signature = createHmac('sha256', key)
    .update(`${one?.headers['webhook-id']}.1700000000.${one?.body}`)
    .digest('base64')
  assert.equal(one?.headers['webhook-signature'], `v1,${signature}`)
  assert.equal(JSON.parse(one?.body ?? '').data.case.id, 'c7f3k2')
  assert.ok(!output.to.includes('token'))
})

describe('syslog', () => {
  /** RFC 5424 §6: header, structured data, message with the byte order mark. */
  const form =
    /^<(\d{1,3})>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z - bulwark - (\w+) (\[[!-~]+@\d+(?: [!-~]+="(?:[^"\\\]]|\\["\\\]])*")*\]) \uFEFF([^\p{Cc}]*)$/u

  test('tcp: messages with their length in front', async () => {
    const chunks: Buffer[] = []
    const server = createServer((socket) => socket.on('data', (chunk: Buffer) => chunks.push(chunk)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const output = syslogOutput({ id: 'y', host: 'localhost', port, transport: 'tcp', allow: localhost })
    for (const notice of all) await output.send(notice, undefined)
    await new Promise((resolve) => server.close(resolve))
    let rest = Buffer.concat(chunks)
    const messages: string[] = []
    while (rest.length > 0) {
      const space = rest.indexOf(' ')
      const length = Number(rest.subarray(0, space).toString())
      messages.push(rest.subarray(space + 1, space + 1 + length).toString())
      rest = rest.subarray(space + 1 + length)
    }
    const read = messages.map((message) => form.exec(message))
    assert.deepEqual(
      read.map((match) => [match?.[1], match?.[2]]),
      [
        ['107', 'opened'],
        ['107', 'closed'],
        ['108', 'digest'],
        ['107', 'opened'],
      ],
    )
  })

  test('udp: one datagram', async () => {
    const server = createSocket('udp4')
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve))
    const got = new Promise<string>((resolve) => server.once('message', (bytes) => resolve(bytes.toString())))
    const output = syslogOutput({
      id: 'y',
      host: 'localhost',
      port: server.address().port,
      transport: 'udp',
      allow: localhost,
    })
    await output.send(noticeOf('opened'), undefined)
    assert.match(await got, form)
    server.close()
  })
})

test('email: a thread a case, no header of an attacker, refused recipients for good', async () => {
  const mails: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo: ({ address }, _session, done) =>
      done(address === 'nobody@example.com' ? Object.assign(new Error('no such'), { responseCode: 550 }) : null),
    onData: (stream, _session, done) => {
      let text = ''
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      stream.on('end', () => {
        mails.push(text)
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const settings = {
    id: 'm',
    host: 'localhost',
    port,
    tls: 'none',
    from: 'bulwark@example.com',
    recipients: ['team@example.com'],
    allow: localhost,
  } as const
  const output = emailOutput(settings)
  const thread = await output.send(noticeOf('opened'), undefined)
  await output.send(noticeOf('closed'), thread)
  await output.send(hostile, undefined)
  await output.send(digest, undefined)
  const headers = mails.map((mail) => mail.slice(0, mail.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]/g, ' '))
  const id = /^Message-ID: (.*)$/m.exec(headers[0] ?? '')?.[1]
  assert.ok(id !== undefined && id !== '')
  assert.ok(headers[1]?.includes(`References: ${id}`))
  assert.ok(!headers.some((text) => /^Bcc:/m.test(text)))
  const refused = emailOutput({ ...settings, recipients: ['nobody@example.com'] })
  await assert.rejects(
    refused.send(noticeOf('opened'), undefined),
    (failure) => failure instanceof DeliveryFailure && !failure.retry,
  )
  await new Promise<void>((resolve) => server.close(resolve))
})

test('kubernetes events: in the namespace of the case, within the bounds of the API server', async () => {
  const written: unknown[][] = []
  const output = kubernetesEventOutput({
    id: 'k',
    namespace: 'security',
    write: async (...what) => void written.push(what),
  })
  for (const notice of all) await output.send(notice, undefined)
  assert.deepEqual(
    written.map(([namespace, name]) => [namespace, name]),
    [
      ['payments', 'bulwark-c7f3k2'],
      ['payments', 'bulwark-c7f3k2'],
      ['security', 'bulwark-digest-1795456800000'],
      ['ns-0', 'bulwark-c7f3k2'],
    ],
  )
  for (const [, , event] of written) {
    const { note } = z.looseObject({ note: z.string() }).parse(event)
    assert.ok(Buffer.byteLength(note) <= 1024)
  }
})
