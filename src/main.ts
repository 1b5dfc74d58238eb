/**
 * The server on one page: what is watched → recorder → live state, posture, detection and store → API. Started front to back, and
 * stopped back to front.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApi } from './api/api.ts'
import { type Auth, createAuth } from './api/auth/auth.ts'
import { listen } from './api/server.ts'
import type { Services } from './api/services.ts'
import { createTail, type LiveTail } from './api/tail.ts'
import { announceServer } from './config/running-server.ts'
import type { Settings } from './config/settings.ts'
import { formatMicros, type Micros, microsFromMillis } from './model/time.ts'
import { createMoments } from './posture/moments.ts'
import { openRecorder } from './recorder/index.ts'
import { openDetection, type RunningDetection } from './server/detection/index.ts'
import { recorderFigures, storeFigures } from './server/figures.ts'
import { createLive } from './server/live.ts'
import { parsers } from './server/parsers.ts'
import { openPipeline } from './server/pipeline/index.ts'
import { writeBlocks } from './server/pipeline/store-blocks.ts'
import { servedSources, sourceStatuses } from './server/served-sources.ts'
import { chooseTarget, type Target } from './server/target.ts'
import { watchCluster } from './server/watch-cluster.ts'
import { watchRecording } from './server/watch-recording.ts'
import type { Connected, Watching } from './server/watching.ts'
import { openStore } from './store/index.ts'
import { jsonLog, terminalLog } from './telemetry/log.ts'
import { createMetrics } from './telemetry/metrics.ts'

/** The world around a server. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** One line for a person, on standard output. */
  readonly say: (line: string) => void
  /** One line for a person, on standard error. */
  readonly warn: (line: string) => void
}

/** A server that runs. */
export interface BulwarkServer {
  /** Where the page is, without a way in. */
  readonly url: string
  /** Signs a browser in, once. */
  readonly link: string
  readonly token: string
  /** Where audit batches are received; undefined when they are not. */
  readonly auditUrl: string | undefined
  /** Resolves when the first lists, or the replay, have begun. */
  readonly begun: Promise<void>
  /** Resolves when everything that was handed over so far is in the store. */
  flush(): Promise<void>
  /** Stops it, with what is in hand finished. */
  stop(): Promise<void>
  /** Resolves when it has stopped; rejects with BulwarkError INTERNAL when it had to. */
  readonly stopped: Promise<void>
}

const root = join(import.meta.dirname, '..')
const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const version = typeof manifest === 'object' && manifest !== null ? String(Reflect.get(manifest, 'version')) : ''
const now = (): Micros => microsFromMillis(Date.now())

/**
 * Starts a server and resolves when its page is served; the first lists, the replay and the store go on behind it.
 * Throws BulwarkError: CONFIG_INVALID, DESK_FAILED, OUTPUT_REFUSED, KUBECONFIG_MISSING, KUBECONFIG_INVALID, DATA_DIR_LOCKED, SPOOL_VERSION,
 * RECORDING_INVALID, PORT_IN_USE. Nothing runs on then.
 */
export const startServer = async (settings: Settings, { env, say, warn }: Surroundings): Promise<BulwarkServer> => {
  const log = process.stderr.isTTY ? terminalLog(warn) : jsonLog()
  await using starting = new AsyncDisposableStack()
  const target = await chooseTarget(settings, env)
  starting.defer(target.cleanUp)
  say(`Bulwark ${version} looks at ${target.because}`)

  const pipeline = starting.use(openPipeline())
  const { ends } = pipeline
  const recorder = starting.use(await openRecorder({ dir: target.dataDir, parsers }))
  const { eventDays, rawDays } = settings.retention
  const place = settings.storeUrl === undefined ? { dir: join(target.dataDir, 'store') } : { url: settings.storeUrl }
  const store = starting.use(await openStore(place, { retentionDays: eventDays, bodyRetentionDays: rawDays }))
  const tail = createTail(randomUUID().slice(0, 8))
  const live = createLive(tail, ends.live)
  writeBlocks(ends.blocks, store)
  let watched: Watching | undefined
  let page = ''
  const detection = starting.use(
    await openDetection({
      settings: settings.rules,
      dataDir: target.dataDir,
      spool: recorder.id,
      recorded: () => recorder.status(),
      judge: ends.judge,
      state: live.state,
      cluster: () => watched?.cluster ?? '',
      sources: () => (watched === undefined ? [] : sourceStatuses(watched, recorder)),
      store,
      append: recorder.append,
      env,
      url: () => page,
      access: target.kind === 'cluster' ? target.access : undefined,
      log,
    }),
  )
  const connected = { recorder, store, live, log, deliver: () => recorder.startIn(ends.delivery) }

  const watching = await watch(settings, target, connected)
  watched = watching
  starting.defer(() => watching.stop())
  const auth = createAuth({
    token: settings.token,
    loopback: settings.listen.loopback,
    https: false,
    hosts: [],
    linkCommand: 'npx bulwark link',
    now: Date.now,
  })
  const services = servicesOf(watching, connected, tail, detection)
  const listening = starting.use(
    await listen(createApi({ services, auth, webDir: join(root, 'dist', 'web') }), settings.listen),
  )
  const url = urlOf(listening)
  page = url
  detection.watch()
  await watching.listen()
  const begun = watching.begin().catch((error: unknown) => log.error('the sources cannot start', error))
  starting.defer(() => begun)
  starting.defer(announce(url, auth, watching, env))

  const link = url + auth.newLinkPath()
  say(`Open ${link}\n`)
  return running(starting.move(), pipeline.death, {
    url,
    link,
    token: auth.token,
    auditUrl: watching.audit()?.url,
    begun,
    flush: () => recorder.flush(),
  })
}

const watch = (settings: Settings, target: Target, connected: Connected): Promise<Watching> | Watching =>
  target.kind === 'recording' ? watchRecording(target, connected) : watchCluster(settings, target, connected)

const servicesOf = (
  watching: Watching,
  { recorder, store, live, log }: Connected,
  tail: LiveTail,
  detection: RunningDetection,
): Services => ({
  about: { version, cluster: watching.cluster, startedAt: now(), recording: watching.recording },
  now,
  record: store,
  clusterAt: createMoments({
    live: live.posture,
    exempt: live.exempt,
    now,
    kinds: () => watching.kinds(),
    stateAt: (time) => store.stateAt(time),
  }),
  sources: servedSources(watching, recorder),
  detection: detection.services,
  tail,
  report: (error, request) => log.error('a request failed', error, { request }),
  metrics: createMetrics({
    sources: () => sourceStatuses(watching, recorder),
    recorder: () => recorderFigures(recorder.status()),
    store: () => storeFigures(store.health()),
    detection: () => detection.figures(),
  }),
})

const urlOf = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`

/** Leaves word of the server for the command line; the answer takes it back. */
const announce = (url: string, auth: Auth, watching: Watching, env: Surroundings['env']): (() => void) => {
  const audit = watching.audit()
  const server = { url, token: auth.token, pid: process.pid, startedAt: formatMicros(now()), watches: watching.cluster }
  return announceServer({ ...server, ...(audit && { audit }), sensors: watching.sensors() }, env)
}

const running = (
  parts: AsyncDisposableStack,
  death: Promise<never>,
  server: Omit<BulwarkServer, 'stop' | 'stopped'>,
): BulwarkServer => {
  const stopped = Promise.withResolvers<void>()
  let stopping: Promise<void> | undefined
  // A part that everything needs is gone: what is in hand is finished, and the reason told.
  death.catch((error: unknown) => {
    stopping ??= parts.disposeAsync().then(() => stopped.reject(error), stopped.reject)
  })
  return {
    ...server,
    stopped: stopped.promise,
    stop: () => {
      stopping ??= parts.disposeAsync().then(stopped.resolve, stopped.reject)
      return stopping
    },
  }
}
