import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProgramName, Stack } from './build.ts'
import { type Authority, makeAuthority, makeSigningKey } from './certificates.ts'
import { type Client, type Credentials, makeClient } from './client.ts'
import {
  type AuditWebhook,
  admissionConfig,
  auditWebhookConfig,
  defaultAuditPolicy,
  encryptionConfig,
  kubeconfig,
  type PodSecurity,
} from './configuration.ts'
import { type Etcd, etcdAt } from './etcd.ts'
import { type Kwok, type KwokOptions, startKwok } from './kwok.ts'
import { freePorts } from './ports.ts'
import { expectAlive, makeNest, type Nest, type Running } from './processes.ts'
import { until } from './until.ts'

/** What the cluster shall be like; everything may be left out. */
export type ClusterOptions = {
  /** The audit policy as an object; configuration.ts has the default. */
  readonly auditPolicy?: unknown
  readonly auditWebhook?: AuditWebhook
  /** The audit log's file, relative to the cluster's folder; there is none if not given. */
  readonly auditLogPath?: string
  /** Encrypts Secrets in etcd. */
  readonly encryption?: boolean
  readonly podSecurity?: PodSecurity
  /** Runs kube-controller-manager and kube-scheduler; without them nothing is made out of a Deployment. */
  readonly controllers?: boolean
  readonly apiserverFlags?: readonly string[]
  readonly controllerManagerFlags?: readonly string[]
  readonly schedulerFlags?: readonly string[]
}

/** A user as the API server shall see it. */
export type User = { readonly user: string; readonly groups?: readonly string[] }

/** A running control plane on loopback. Disposing takes it down, and so does the end of this process. */
export type Cluster = AsyncDisposable & {
  /** https://127.0.0.1:PORT */
  readonly server: string
  /** A temporary folder that lives as long as the cluster: kubeconfigs, logs, etcd's data. */
  readonly folder: string
  readonly authority: Authority
  /** Path of a kubeconfig in the group system:masters. */
  readonly adminKubeconfig: string
  /** A client in the group system:masters. */
  readonly admin: Client
  readonly etcd: Etcd
  /** Path of a new kubeconfig: with a client certificate for a user, with a bearer token, or with nothing. */
  readonly kubeconfig: (who: User | Credentials) => Promise<string>
  /** A new client for any user, token or nobody, with more headers where given. */
  readonly client: (who: User | Credentials, headers?: Readonly<Record<string, string>>) => Promise<Client>
  /** The path of one of the stack's programs, kubectl for instance. */
  readonly program: (name: ProgramName) => string
  /** Starts kwok and makes that many fake nodes, on which pods "run". */
  readonly kwok: (options: KwokOptions) => Promise<Kwok>
  /** The API server's process as it is now. */
  readonly apiserver: () => Running
  /** Ends the API server (SIGKILL unless told otherwise) and starts it anew on the same port and data. */
  readonly restartApiserver: (signal?: NodeJS.Signals) => Promise<void>
  /** Ends the API server and does not start it. */
  readonly stopApiserver: (signal?: NodeJS.Signals) => Promise<void>
  readonly startApiserver: () => Promise<void>
  /** Forgets all of etcd's history, so that the API server answers 410 for what is older once it has restarted. */
  readonly compact: () => Promise<void>
}

/** Starts a cluster out of the stack's programs; resolves when the API server is ready. */
export async function startCluster(stack: Stack, options: ClusterOptions = {}): Promise<Cluster> {
  if (stack.kind === 'unavailable') throw new Error(`no cluster can be started: ${stack.reason}`)
  for (let attempt = 1; ; attempt++) {
    const nest = await makeNest('cluster')
    try {
      return await startIn(nest, stack.programs, options)
    } catch (error) {
      await nest[Symbol.asyncDispose]()
      const portTaken = error instanceof Error && error.message.includes('address already in use')
      if (!portTaken || attempt === 3) throw error
    }
  }
}

type Programs = ReadonlyMap<ProgramName, string>

async function startIn(nest: Nest, programs: Programs, options: ClusterOptions): Promise<Cluster> {
  const program = (name: ProgramName): string => {
    const file = programs.get(name)
    if (file === undefined) throw new Error(`the stack has no ${name}`)
    return file
  }
  const [etcdPort = 0, peerPort = 0, apiserverPort = 0] = await freePorts(3)
  const etcdUrl = `http://127.0.0.1:${etcdPort}`
  const etcd = nest.start({ name: 'etcd', file: program('etcd'), args: etcdFlags(nest.folder, etcdUrl, peerPort) })
  const server = `https://127.0.0.1:${apiserverPort}`
  const authority = await makeAuthority('bulwark-test')
  const tokens = { admin: token(), controllerManager: token(), scheduler: token() }
  const args = await apiserverFlags({ nest, authority, tokens, options, etcdUrl, port: apiserverPort })
  const adminCredentials: Credentials = { kind: 'token', token: tokens.admin }
  const admin = makeClient({ server, ca: authority.certificate, credentials: adminCredentials })

  let apiserver: Running
  const startApiserver = async () => {
    apiserver = nest.start({ name: 'kube-apiserver', file: program('kube-apiserver'), args })
    await untilReady(admin, [etcd, apiserver])
  }
  const stopApiserver = (signal?: NodeJS.Signals) => apiserver.stop(signal)
  await startApiserver()

  let files = 0
  const writeKubeconfig = async (credentials: Credentials): Promise<string> => {
    const path = join(nest.folder, `kubeconfig-${++files}.json`)
    await writeFile(path, kubeconfig(server, authority.certificate, credentials), { mode: 0o600 })
    return path
  }
  const credentialsOf = async (who: User | Credentials): Promise<Credentials> =>
    'kind' in who ? who : { kind: 'certificate', ...(await authority.client(who.user, who.groups ?? [])) }
  const adminKubeconfig = await writeKubeconfig(adminCredentials)

  if (options.controllers === true) {
    const scheduler = await writeKubeconfig({ kind: 'token', token: tokens.scheduler })
    const controllerManager = await writeKubeconfig({ kind: 'token', token: tokens.controllerManager })
    nest.start({
      name: 'kube-controller-manager',
      file: program('kube-controller-manager'),
      args: [...controllerManagerFlags(nest.folder, controllerManager), ...(options.controllerManagerFlags ?? [])],
    })
    nest.start({
      name: 'kube-scheduler',
      file: program('kube-scheduler'),
      args: [...schedulerFlags(scheduler), ...(options.schedulerFlags ?? [])],
    })
    // pods are refused until the controller manager has made the account that they run as
    await until('the service account "default" to be made', async () => {
      return (await admin.get('/api/v1/namespaces/default/serviceaccounts/default')).status === 200
    })
  }

  return {
    server,
    folder: nest.folder,
    authority,
    admin,
    adminKubeconfig,
    etcd: etcdAt(etcdUrl),
    program,
    kubeconfig: async (who) => writeKubeconfig(await credentialsOf(who)),
    client: async (who, headers = {}) =>
      makeClient({ server, ca: authority.certificate, credentials: await credentialsOf(who), headers }),
    kwok: async (kwokOptions) => {
      const file = program('kwok')
      const path = await writeKubeconfig(await credentialsOf({ user: 'kwok', groups: ['system:masters'] }))
      return startKwok({ nest, file, stages: program('kwok-stages'), kubeconfig: path, authority, admin }, kwokOptions)
    },
    apiserver: () => apiserver,
    startApiserver,
    stopApiserver,
    restartApiserver: async (signal) => {
      await stopApiserver(signal)
      await startApiserver()
    },
    compact: () => etcdAt(etcdUrl).compact(),
    [Symbol.asyncDispose]: () => nest[Symbol.asyncDispose](),
  }
}

async function untilReady(admin: Client, needed: readonly Running[]): Promise<void> {
  await until('the API server to be ready', async () => {
    await expectAlive(needed)
    return admin.get('/readyz').then(
      (answer) => answer.status === 200,
      () => false, // it does not listen yet
    )
  })
}

function token(): string {
  return randomBytes(24).toString('base64url')
}

function etcdFlags(folder: string, url: string, peerPort: number): readonly string[] {
  const peer = `http://127.0.0.1:${peerPort}`
  return [
    '--name=test',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
    '--unsafe-no-fsync', // the data does not outlive the test
    '--log-level=warn',
  ]
}

async function apiserverFlags(from: {
  readonly nest: Nest
  readonly authority: Authority
  readonly tokens: Readonly<Record<'admin' | 'controllerManager' | 'scheduler', string>>
  readonly options: ClusterOptions
  readonly etcdUrl: string
  readonly port: number
}): Promise<readonly string[]> {
  const { authority, tokens, options } = from
  const file = async (name: string, content: string): Promise<string> => {
    const path = join(from.nest.folder, name)
    await writeFile(path, content, { mode: 0o600 })
    return path
  }
  const hosts = ['127.0.0.1', '10.96.0.1', 'localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc']
  const serving = await authority.server('kube-apiserver', hosts)
  const kubelet = await authority.client('kube-apiserver-kubelet-client', ['system:masters'])
  const signing = makeSigningKey()
  const ca = await file('ca.crt', authority.certificate)
  await file('ca.key', authority.key)
  const signingKey = await file('service-account.key', signing.privateKey)
  const people = [
    `${tokens.admin},admin,admin,"system:masters"`,
    `${tokens.controllerManager},system:kube-controller-manager,controller-manager,`,
    `${tokens.scheduler},system:kube-scheduler,scheduler,`,
  ]
  return [
    `--etcd-servers=${from.etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none', // the others refuse a loopback address
    `--secure-port=${from.port}`,
    `--tls-cert-file=${await file('apiserver.crt', serving.certificate)}`,
    `--tls-private-key-file=${await file('apiserver.key', serving.key)}`,
    `--client-ca-file=${ca}`,
    `--token-auth-file=${await file('tokens.csv', `${people.join('\n')}\n`)}`,
    '--authorization-mode=Node,RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${await file('service-account.pub', signing.publicKey)}`,
    `--service-account-signing-key-file=${signingKey}`,
    `--kubelet-certificate-authority=${ca}`,
    `--kubelet-client-certificate=${await file('kubelet-client.crt', kubelet.certificate)}`,
    `--kubelet-client-key=${await file('kubelet-client.key', kubelet.key)}`,
    // a name of a fake node is not in any DNS; a node that can be reached says so by its ExternalIP
    '--kubelet-preferred-address-types=ExternalIP,InternalIP',
    `--admission-control-config-file=${await file('admission.json', admissionConfig(options.podSecurity ?? {}))}`,
    `--audit-policy-file=${await file('audit-policy.json', JSON.stringify(options.auditPolicy ?? defaultAuditPolicy))}`,
    '--allow-privileged=true',
    '--profiling=false',
    ...(options.controllers === true
      ? ['--enable-admission-plugins=NodeRestriction']
      : ['--disable-admission-plugins=ServiceAccount']), // nobody makes service accounts
    ...(options.encryption === true
      ? [`--encryption-provider-config=${await file('encryption.json', encryptionConfig(randomBytes(32)))}`]
      : []),
    ...(options.auditLogPath !== undefined ? [`--audit-log-path=${options.auditLogPath}`] : []),
    ...(options.auditWebhook !== undefined
      ? [
          `--audit-webhook-config-file=${await file('audit-webhook.json', auditWebhookConfig(options.auditWebhook))}`,
          '--audit-webhook-mode=batch',
          `--audit-webhook-batch-max-wait=${options.auditWebhook.maxWait ?? 1000}ms`,
          `--audit-webhook-batch-max-size=${options.auditWebhook.maxBatch ?? 400}`,
          '--audit-webhook-initial-backoff=1s',
        ]
      : []),
    ...(options.apiserverFlags ?? []),
  ]
}

function controllerManagerFlags(folder: string, path: string): readonly string[] {
  return [
    `--kubeconfig=${path}`,
    `--authentication-kubeconfig=${path}`,
    `--authorization-kubeconfig=${path}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${join(folder, 'service-account.key')}`,
    `--root-ca-file=${join(folder, 'ca.crt')}`,
    `--cluster-signing-cert-file=${join(folder, 'ca.crt')}`,
    `--cluster-signing-key-file=${join(folder, 'ca.key')}`,
    '--kube-api-qps=500', // the default of 20 a second makes a roll-out of 100 pods take 5 s
    '--kube-api-burst=1000',
  ]
}

function schedulerFlags(path: string): readonly string[] {
  return [
    `--kubeconfig=${path}`,
    `--authentication-kubeconfig=${path}`,
    `--authorization-kubeconfig=${path}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ]
}
