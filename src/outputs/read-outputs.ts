/** Reads the outputs file: which outputs there are and what goes to each. See docs/outputs.md. */
import { readFileSync } from 'node:fs'
import { isMap, isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { BulwarkError } from '../model/error.ts'
import { severities } from '../model/finding.ts'
import { alertmanagerOutput } from './alertmanager.ts'
import type { RoutedOutput } from './delivery.ts'
import { type Allowed, allowed } from './destination.ts'
import { emailOutput } from './email.ts'
import { kubernetesEventOutput, type WriteEvent } from './kubernetes-event.ts'
import type { Output } from './output.ts'
import { pagerDutyOutput } from './pagerduty.ts'
import { slackOutput } from './slack.ts'
import { syslogOutput } from './syslog.ts'
import { teamsOutput } from './teams.ts'
import { webhookOutput } from './webhook.ts'

/** What outputs need of the world around them. */
export interface OutputSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Undefined where no cluster may be written to. */
  readonly writeEvent: WriteEvent | undefined
}

/** A secret never stands in the file itself. */
const secret = z.union([z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
type Secret = z.infer<typeof secret>

const name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'has to be small letters, digits and -, at most 63')
const common = {
  id: name,
  severity: z.enum(severities).default('medium'),
  namespaces: z.array(z.string().min(1)).default([]),
  byNamespace: z.boolean().default(false),
  budgetPerHour: z.int().min(1).max(1000).default(20),
}
const httpsUrl = z.url({ protocol: /^https?$/ })
const port = z.int().min(1).max(65_535)

const output = z.discriminatedUnion('type', [
  z.strictObject({
    ...common,
    type: z.literal('slack'),
    channel: z.string().min(1),
    token: secret,
    api: httpsUrl.optional(),
  }),
  z.strictObject({ ...common, type: z.literal('teams'), url: secret }),
  z.strictObject({
    ...common,
    type: z.literal('email'),
    host: z.string().min(1),
    port: port.default(587),
    tls: z.enum(['implicit', 'starttls', 'none']).default('starttls'),
    user: z.string().optional(),
    password: secret.optional(),
    from: z.email(),
    recipients: z.array(z.email()).min(1).max(50),
  }),
  z.strictObject({ ...common, type: z.literal('pagerduty'), routingKey: secret, url: httpsUrl.optional() }),
  z.strictObject({ ...common, type: z.literal('alertmanager'), url: httpsUrl, authorization: secret.optional() }),
  z.strictObject({ ...common, type: z.literal('webhook'), url: secret, secret }),
  z.strictObject({
    ...common,
    type: z.literal('syslog'),
    host: z.string().min(1),
    port: port.default(6514),
    transport: z.enum(['tls', 'tcp', 'udp']).default('tls'),
  }),
  z.strictObject({ ...common, type: z.literal('kubernetes-event'), namespace: z.string().default('default') }),
])
type OutputSettings = z.infer<typeof output>

const file = z.strictObject({ allow: z.array(z.string()).default([]), outputs: z.array(output).max(100) })

/**
 * The outputs of a file's text. `where` names it in errors. Throws BulwarkError OUTPUT_REFUSED with the line, for the
 * first thing that is wrong: an output that is silently left out would be worse than a start that is refused.
 */
export const readOutputs = (text: string, where: string, surroundings: OutputSurroundings): readonly RoutedOutput[] => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' })
  const at = (offset: number): string => `${where}:${lines.linePos(offset).line}`
  const [fault] = document.errors
  if (fault !== undefined) throw refused(`is not YAML: ${fault.message}`, at(fault.pos[0]), 'Mend the file')
  const read = file.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {})
  if (!read.success) {
    const [issue] = read.error.issues
    const path = issue?.path ?? []
    throw refused(
      `${path.join('.')}: ${issue?.message ?? 'is not understood'}`,
      at(offsetOf(document, path)),
      'See docs/outputs.md for its form',
    )
  }
  const allow = allowed(read.data.allow)
  const ids = new Set<string>()
  return read.data.outputs.map((settings, index) => {
    const place = at(offsetOf(document, ['outputs', index]))
    if (ids.has(settings.id))
      throw refused(`there are two outputs "${settings.id}"`, place, 'Give each a name of its own')
    ids.add(settings.id)
    const { severity, namespaces, byNamespace, budgetPerHour } = settings
    const secretOf = (one: Secret): string => readSecret(one, place, surroundings.env)
    return {
      output: build(settings, allow, secretOf, place, surroundings),
      route: { severity, namespaces, byNamespace },
      budgetPerHour,
    }
  })
}

const build = (
  settings: OutputSettings,
  allow: Allowed,
  secretOf: (secret: Secret) => string,
  place: string,
  { writeEvent }: OutputSurroundings,
): Output => {
  const { id } = settings
  switch (settings.type) {
    case 'slack':
      return slackOutput({
        id,
        channel: settings.channel,
        token: secretOf(settings.token),
        allow,
        ...(settings.api !== undefined && { api: settings.api }),
      })
    case 'teams':
      return teamsOutput({ id, url: urlOf(secretOf(settings.url), place), allow })
    case 'email': {
      const { host, port, tls, from, recipients, user, password } = settings
      return emailOutput({
        id,
        host,
        port,
        tls,
        from,
        recipients,
        allow,
        ...(user !== undefined && { user }),
        ...(password && { password: secretOf(password) }),
      })
    }
    case 'pagerduty':
      return pagerDutyOutput({
        id,
        routingKey: secretOf(settings.routingKey),
        allow,
        ...(settings.url !== undefined && { url: settings.url }),
      })
    case 'alertmanager': {
      const { url, authorization } = settings
      return alertmanagerOutput({ id, url, allow, ...(authorization && { authorization: secretOf(authorization) }) })
    }
    case 'webhook':
      return webhookOutput({ id, url: urlOf(secretOf(settings.url), place), secret: secretOf(settings.secret), allow })
    case 'syslog':
      return syslogOutput({ id, host: settings.host, port: settings.port, transport: settings.transport, allow })
    case 'kubernetes-event':
      if (writeEvent === undefined)
        throw refused(
          'there is no cluster to write Events to',
          place,
          'Take this output out, or look at a cluster with rights to create events',
        )
      return kubernetesEventOutput({ id, namespace: settings.namespace, write: writeEvent })
  }
}

const readSecret = (one: Secret, place: string, env: OutputSurroundings['env']): string => {
  const text = 'env' in one ? env[one.env] : readText(one.file, place)
  if (text !== undefined && text.trim() !== '') return text.trim()
  const what = 'env' in one ? `the environment has no ${one.env}` : `${one.file} is empty`
  throw refused(what, place, 'Set it, or name another place for the secret')
}

const readText = (path: string, place: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw refused(`the secret cannot be read: ${why}`, place, 'Give the path of a file that Bulwark may read')
  }
}

/** Without the text in the message: it is a secret. */
const urlOf = (text: string, place: string): string => {
  if (URL.canParse(text) && /^https?:/.test(text)) return text
  throw refused(
    'the secret is not an address that begins with https://',
    place,
    'Copy the whole address of the webhook',
  )
}

/** Where the deepest part of a path that exists stands in the text. */
const offsetOf = (document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number => {
  for (let length = path.length; length > 0; length--) {
    const keys = path.slice(0, length).map((key) => (typeof key === 'symbol' ? String(key) : key))
    const node: unknown = isMap(document.contents) ? document.getIn(keys, true) : undefined
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

const refused = (what: string, where: string, mend: string): BulwarkError =>
  new BulwarkError('OUTPUT_REFUSED', { what, where, mend })
