import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { BulwarkError } from '../model/error.ts'
import { type Address, parseAddress } from './address.ts'

/** Everything that a server can be told. Made by {@link settingsFrom}; nothing else reads flags or the environment. */
export interface Settings {
  readonly listen: Address
  /** Set by the user for an address that is not loopback; on loopback a fresh one is made at each start. */
  readonly token: string | undefined
  /** Undefined: chosen by what is watched (see data-dir.ts). */
  readonly dataDir: string | undefined
  /** URL of a ClickHouse; undefined for the embedded store. */
  readonly storeUrl: string | undefined
  readonly what: Watched
  readonly auditListen: Address | undefined
  readonly auditTls: TlsFiles | undefined
  readonly auditLog: string | undefined
  /** Where Falco's alerts and Tetragon's events are received, and the files of them that are followed. */
  readonly falcoListen: Address | undefined
  readonly falcoLog: string | undefined
  readonly tetragonListen: Address | undefined
  readonly tetragonLog: string | undefined
  /** Of both receivers. */
  readonly sensorTls: TlsFiles | undefined
  readonly secrets: 'none' | 'metadata'
  /** Kinds that are not read, as kubectl names them (`leases.coordination.k8s.io`); undefined: the default of the source. */
  readonly exclude: readonly string[] | undefined
  readonly retention: Retention
  readonly rules: RuleSettings
}

/** What is recorded: a cluster, or a recording; `auto` is the cluster of the kubeconfig and, without one, the recording that ships with Bulwark. */
export type Watched =
  | { readonly kind: 'auto'; readonly kubeconfig: string | undefined; readonly context: string | undefined }
  | { readonly kind: 'cluster'; readonly kubeconfig: string | undefined; readonly context: string | undefined }
  | { readonly kind: 'recording'; readonly file: string; readonly speed: number | 'max' }

/** Days after which the store forgets: events and versions of objects, and before them the raw bodies of events. */
export interface Retention {
  readonly eventDays: number
  readonly rawDays: number
}

export const ruleSets = ['bulwark', 'falco', 'sigmahq'] as const

/** Which rules run, and where those of the user come from. */
export interface RuleSettings {
  /** Sets that ship with Bulwark and are on. */
  readonly sets: readonly (typeof ruleSets)[number][]
  /** Files and folders of the user's; they are looked at every second. */
  readonly paths: readonly string[]
  /** Addresses (https) that are asked every few minutes. */
  readonly urls: readonly string[]
  /** Hosts and networks inside that such an address may be at. */
  readonly allow: readonly string[]
  /** Namespace of the watched cluster whose ConfigMaps with the label `bulwark.dev/rules=true` hold rules. */
  readonly namespace: string | undefined
  /** Files and folders with suppressions of the user's; looked at every second. */
  readonly suppressions: readonly string[]
  /** `write`: how each Suppression of the cluster is doing is written into its status. */
  readonly suppressionStatus: 'off' | 'write'
  /** The file that says whom to tell of cases; undefined: nobody. */
  readonly outputs: string | undefined
}

/** PEM files of an HTTPS listener. With `clientCa`, a client certificate signed by it is as good as the token. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
  readonly clientCa: string | undefined
}

/** Flags of `bulwark serve`, as texts. Each has an environment variable: `--data-dir` is `BULWARK_DATA_DIR`. */
export interface Flags {
  readonly listen?: string
  readonly port?: string
  readonly token?: string
  readonly dataDir?: string
  readonly store?: string
  readonly kubeconfig?: string
  readonly context?: string
  readonly recording?: string
  readonly speed?: string
  readonly auditListen?: string
  readonly auditTlsCert?: string
  readonly auditTlsKey?: string
  readonly auditClientCa?: string
  readonly auditLog?: string
  readonly falcoListen?: string
  readonly falcoLog?: string
  readonly tetragonListen?: string
  readonly tetragonLog?: string
  readonly sensorTlsCert?: string
  readonly sensorTlsKey?: string
  readonly sensorClientCa?: string
  readonly secrets?: string
  readonly exclude?: string
  readonly retentionDays?: string
  readonly rawRetentionDays?: string
  readonly ruleSets?: string
  /** Repeated on the command line; with commas between in the environment. */
  readonly rules?: readonly string[] | string
  readonly rulesAllow?: string
  readonly rulesNamespace?: string
  /** As `rules`. */
  readonly suppressions?: readonly string[] | string
  readonly suppressionStatus?: string
  readonly outputs?: string
}

export const defaultListen = '127.0.0.1:7300'
export const defaultAuditListen = '127.0.0.1:7301'

/**
 * Settings from flags and, below them, the environment. Throws BulwarkError CONFIG_INVALID naming the flag and what it
 * takes.
 */
export const settingsFrom = (flags: Flags, env: Readonly<Record<string, string | undefined>>): Settings => {
  const value = (name: Exclude<keyof Flags, 'rules' | 'suppressions'>): string | undefined =>
    flags[name] ?? (env[variableOf(name)] || undefined)
  const listen = listenAddress(value('listen') ?? defaultListen, value('port'))
  const token = value('token')
  if (!listen.loopback && (token === undefined || token.length < 16)) {
    throw invalid('listen', `${listen.text} is reachable from other machines, so it needs authentication`, {
      mend: 'Set BULWARK_TOKEN to a secret of at least 16 characters (openssl rand -hex 24), or listen on 127.0.0.1',
    })
  }
  const auditLog = mapped(value('auditLog'), resolveHome)
  // Who follows the log file gets each event by it: a receiver that nobody sends to would only be silent.
  const auditListen = value('auditListen') ?? (auditLog === undefined ? defaultAuditListen : 'off')
  return {
    listen,
    token,
    dataDir: mapped(value('dataDir'), resolveHome),
    storeUrl: mapped(value('store'), storeUrl),
    what: watched(value('recording'), value('speed'), value('kubeconfig'), value('context')),
    auditListen: auditListen === 'off' ? undefined : parseAddress('audit-listen', auditListen),
    auditTls: tlsFiles('audit', value('auditTlsCert'), value('auditTlsKey'), value('auditClientCa')),
    auditLog,
    falcoListen: sensorAddress('falco-listen', value('falcoListen')),
    falcoLog: mapped(value('falcoLog'), resolveHome),
    tetragonListen: sensorAddress('tetragon-listen', value('tetragonListen')),
    tetragonLog: mapped(value('tetragonLog'), resolveHome),
    sensorTls: tlsFiles('sensor', value('sensorTlsCert'), value('sensorTlsKey'), value('sensorClientCa')),
    secrets: oneOf('secrets', value('secrets') ?? 'none', ['none', 'metadata']),
    exclude: flags.exclude === '' ? [] : mapped(value('exclude'), (text) => text.split(',').map((kind) => kind.trim())),
    retention: {
      eventDays: wholeNumber('retention-days', value('retentionDays') ?? '395', 1, 36_500),
      rawDays: wholeNumber('raw-retention-days', value('rawRetentionDays') ?? '30', 1, 36_500),
    },
    rules: {
      ...ruleSettings(value('ruleSets') ?? 'bulwark', flags.rules ?? env.BULWARK_RULES ?? []),
      allow: listed(value('rulesAllow') ?? ''),
      namespace: value('rulesNamespace'),
      suppressionStatus: oneOf('suppression-status', value('suppressionStatus') ?? 'off', ['off', 'write']),
      suppressions: places(flags.suppressions ?? env.BULWARK_SUPPRESSIONS ?? []).map(resolveHome),
      outputs: mapped(value('outputs'), resolveHome),
    },
  }
}

const ruleSettings = (
  sets: string,
  rules: readonly string[] | string,
): Pick<RuleSettings, 'sets' | 'paths' | 'urls'> => {
  const isAddress = (place: string): boolean => /^[a-z]+:\/\//i.test(place)
  return {
    sets: sets === 'none' ? [] : listed(sets).map((set) => oneOf('rule-sets', set, ruleSets)),
    paths: places(rules)
      .filter((place) => !isAddress(place))
      .map(resolveHome),
    urls: places(rules).filter(isAddress).map(ruleUrl),
  }
}

/** Repeated on the command line, with commas between in the environment. */
const places = (text: readonly string[] | string): readonly string[] => (typeof text === 'string' ? listed(text) : text)

const listed = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const ruleUrl = (text: string): string => {
  if (URL.parse(text)?.protocol === 'https:') return text
  throw invalid('rules', 'rules are fetched by https only', { mend: 'Give a file, a folder, or an https address' })
}

const flagOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const variableOf = (name: string): string => `BULWARK_${flagOf(name).replaceAll('-', '_').toUpperCase()}`

const invalid = (flag: string, what: string, more: { readonly mend: string }): BulwarkError =>
  new BulwarkError('CONFIG_INVALID', { what, where: `--${flag}`, mend: more.mend })

const mapped = <T>(value: string | undefined, map: (value: string) => T): T | undefined =>
  value === undefined ? undefined : map(value)

const resolveHome = (path: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(path)

/** Who has no sensor is not told that it is silent: nothing is received unless an address is given. */
const sensorAddress = (flag: string, text: string | undefined): Address | undefined =>
  text === undefined || text === 'off' ? undefined : parseAddress(flag, text)

const listenAddress = (listen: string, port: string | undefined): Address => {
  const address = parseAddress('listen', listen)
  if (port === undefined) return address
  return parseAddress('port', `${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`)
}

const watched = (
  recording: string | undefined,
  speed: string | undefined,
  kubeconfig: string | undefined,
  context: string | undefined,
): Watched => {
  const asked = mapped(kubeconfig, resolveHome)
  if (recording !== undefined)
    return { kind: 'recording', file: resolveHome(recording), speed: replaySpeed(speed ?? 'max') }
  if (speed !== undefined) {
    throw invalid('speed', 'a speed is for a recording, and none is given', { mend: 'Add --recording FILE' })
  }
  const kind = asked === undefined && context === undefined ? 'auto' : 'cluster'
  return { kind, kubeconfig: asked, context }
}

const replaySpeed = (text: string): number | 'max' => {
  if (text === 'max') return 'max'
  const speed = Number(text)
  if (Number.isFinite(speed) && speed > 0 && speed <= 100_000) return speed
  throw invalid('speed', `"${text}" is not a speed`, { mend: 'Give a number such as 1, 10 or 60, or max' })
}

const storeUrl = (text: string): string => {
  const url = URL.parse(text)
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return text
  throw invalid('store', 'the store is not a URL of a ClickHouse', {
    mend: 'Write it as https://user@host:8443/database',
  })
}

const tlsFiles = (
  receiver: 'audit' | 'sensor',
  cert: string | undefined,
  key: string | undefined,
  clientCa: string | undefined,
): TlsFiles | undefined => {
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined
  if (cert === undefined || key === undefined) {
    throw invalid(`${receiver}-tls-cert`, 'HTTPS needs a certificate and its key', {
      mend: `Give both --${receiver}-tls-cert FILE and --${receiver}-tls-key FILE`,
    })
  }
  return { cert: resolveHome(cert), key: resolveHome(key), clientCa: mapped(clientCa, resolveHome) }
}

const oneOf = <const T extends string>(flag: string, text: string, values: readonly T[]): T => {
  const found = values.find((value) => value === text)
  if (found !== undefined) return found
  throw invalid(flag, `"${text}" is not known`, { mend: `It is one of ${values.join(', ')}` })
}

const wholeNumber = (flag: string, text: string, least: number, most: number): number => {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= least && number <= most) return number
  throw invalid(flag, `"${text}" is not a whole number from ${least} to ${most}`, {
    mend: `Give one, such as ${least}`,
  })
}
