/** Detection as the server runs it: rules, the flow of records through them, cases, the desk, and what the API serves of it. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { DetectionHonesty } from '../../api/contract/detection.ts'
import type { DetectionServices } from '../../api/detection-services.ts'
import type { Settings } from '../../config/settings.ts'
import { createCaseBook, createClusterContext } from '../../detect/cases/index.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Append, SourceStatus } from '../../model/source.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import { allowed } from '../../outputs/destination.ts'
import type { Channel, RecorderStatus } from '../../recorder/index.ts'
import type { ClusterAccess } from '../../sources/cluster/index.ts'
import type { Snapshot } from '../../state/snapshot.ts'
import { openDesk } from '../../store/desk/index.ts'
import type { Store } from '../../store/index.ts'
import type { Log } from '../../telemetry/log.ts'
import { openBacktests } from './backtests.ts'
import { createCaseFeed } from './case-feed.ts'
import { caseServices } from './case-services.ts'
import { clusterEvents } from './cluster-events.ts'
import { createCoverage } from './coverage.ts'
import { Flow } from './flow.ts'
import { type FromJudge, judgeElsewhere, type ToJudge } from './judge-elsewhere.ts'
import { recordReader } from './record-reader.ts'
import { configMapRules } from './rule-config-maps.ts'
import { RuleKeeper } from './rule-keeper.ts'
import { ruleServices } from './rule-services.ts'
import { RuleUrl } from './rule-url.ts'
import { createSelftestResults } from './selftest-results.ts'
import { createSelftests } from './selftests.ts'
import { SuppressionKeeper } from './suppression-keeper.ts'
import { clusterStatuses, suppressionStatuses } from './suppression-status.ts'
import { openTelling } from './telling.ts'

export interface DetectionParts {
  readonly settings: Settings['rules']
  readonly dataDir: string
  /** See `Recorder.id`. */
  readonly spool: string
  readonly recorded: () => RecorderStatus
  /** To the thread in which rules look at records. */
  readonly judge: Channel<FromJudge, ToJudge>
  readonly state: Snapshot
  /** The name of the cluster that the state is of. */
  readonly cluster: () => string
  readonly sources: () => readonly SourceStatus[]
  readonly store: Store
  /** Of the recorder, for the samples of a self-test. */
  readonly append: Append
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the page is; empty while it is not served. */
  readonly url: () => string
  /** The cluster that is watched; undefined for a recording. */
  readonly access: ClusterAccess | undefined
  readonly log: Log
}

export interface RunningDetection extends AsyncDisposable {
  readonly services: DetectionServices
  /** For the metrics. */
  figures(): Readonly<Record<string, number>>
  /** Begins to look for rules that change. */
  watch(): void
}

const rulesFolder = join(import.meta.dirname, '..', '..', '..', 'rules')
/** Cases that are closed for longer are read from the desk when somebody asks. */
const recentMicros: Micros = 86_400_000_000
const mostCases = 10_000

/** Throws BulwarkError DESK_FAILED, OUTPUT_REFUSED (an entry of --rules-allow). */
export const openDetection = async (parts: DetectionParts): Promise<RunningDetection> => {
  const { settings, dataDir, spool, recorded, judge, state, cluster, sources, store, append, env } = parts
  const { url, access, log } = parts
  const gapsIn = (from: Micros, to: Micros, limit: number) => store.gapsIn(from, to, limit)
  const now = (): Micros => Date.now() * 1000
  await using opening = new AsyncDisposableStack()
  const desk = opening.use(openDesk(dataDir))
  for (const note of desk.notes) log.error(note, undefined)

  const allow = allowed(settings.allow)
  let started: Flow | undefined
  const keeper = opening.use(
    await RuleKeeper.open({
      shipped: rulesFolder,
      sets: settings.sets,
      paths: settings.paths,
      urls: settings.urls.map((url) => new RuleUrl(url, allow, dataDir)),
      ...(settings.namespace !== undefined && {
        configMaps: () => (isKnown(state) ? configMapRules(state, settings.namespace ?? '') : undefined),
      }),
      desk,
      onChanged: (running) => started?.use(running),
      onError: (message, error) => log.error(message, error),
    }),
  )
  const book = createCaseBook({
    guideOf: (rule) => keeper.running().set.heads.find(({ id }) => id === rule)?.guide,
  })
  book.load(desk.cases.recent(formatMicros(now() - recentMicros), mostCases))

  const context = createClusterContext((of) => (of === cluster() ? state : undefined))
  const suppressions = opening.use(
    await SuppressionKeeper.open({
      desk,
      paths: settings.suppressions,
      objects: () => (isKnown(state) ? suppressionObjects(state) : undefined),
      rules: () => keeper.running().set.heads,
      now,
      onError: (message, error) => log.error(message, error),
    }),
  )
  const statuses =
    settings.suppressionStatus === 'write' && access !== undefined
      ? opening.use(
          suppressionStatuses({
            list: () => suppressions.list(),
            objects: () => suppressionObjects(state),
            write: opening.use(clusterStatuses(access)),
            onError: (message) => log.error(message, undefined),
          }),
        )
      : undefined
  const telling = opening.use(
    openTelling({
      file: settings.outputs,
      env,
      desk,
      caseOf: (id) => book.detail(id)?.case,
      linkOf: (id) => `${url()}/cases/${id}`,
      state,
      writeEvent: access && opening.use(clusterEvents(access)),
      isRecording: access === undefined,
      onError: (message) => log.error(message, undefined),
    }),
  )
  const backtests = opening.use(
    openBacktests({
      desk,
      current: () => ({ files: keeper.files(), ...keeper.running(), load: (some) => keeper.load(some) }),
      entryOf: (id) => keeper.running().set.entries.find(({ head }) => head.id === id),
      record: recordReader(store),
      window: () => store.recordWindow(),
      gapsIn,
      now,
      onError: (message, error) => log.error(message, error),
    }),
  )
  const results = createSelftestResults({ desk, set: () => keeper.running().set, now })
  const coverage = createCoverage({
    lastFired: () => desk.rules.totals(),
    running: () => keeper.running(),
    baselines: () => flow.status().baselines,
    sources,
    seenRequests: (from, to) => store.seenRequests(from, to),
    selftests: () => results.byRule(),
    now,
  })
  const feed = createCaseFeed(randomBytes(6).toString('hex'))
  const selftests = createSelftests({
    flow: () => started,
    book,
    results,
    append,
    cluster,
    now,
    onError: (message, error) => log.error(message, error),
  })
  const flow = opening.use(
    new Flow({
      desk,
      spool,
      book,
      context,
      rules: keeper.running(),
      suppressions: {
        match: (detection, row) => {
          const suppression = suppressions.match(detection, row)
          selftests.see(detection, suppression)
          return suppression
        },
        save: () => suppressions.save(),
      },
      judge: judgeElsewhere({
        channel: judge,
        source: () => keeper.source(),
        wantsRows: () => suppressions.wantsRows(),
        onError: (message, error) => log.error(message, error),
      }),
      tell: (cases, news) => {
        const told = selftests.told(cases, news)
        telling.tell(told.cases, told.news)
      },
      onChanged: (ids, news) => {
        selftests.changed(ids)
        feed.tell({ ids, news: news.map(({ caseId, kind }) => ({ id: caseId, kind })) })
      },
      onError: (message, error) => log.error(message, error),
    }),
  )

  started = flow
  opening.use(selftests)
  opening.defer(() => flow.drain())

  const behind = (): number => {
    const { spool: kept, live } = recorded()
    // Nothing was handed over yet: all that came since the last stop is ahead.
    if (live === undefined) return Math.max(0, kept.committed - flow.status().seq)
    return kept.committed - live.seq + (live.behind.get('detection') ?? 0)
  }
  const honesty = (): DetectionHonesty => {
    const { rulesRunning, upTo, receivedAt, suppressed, missed, failing } = flow.status()
    return {
      rulesRunning,
      lagMillis: behind() > 0 && receivedAt > 0 ? Math.max(0, Math.round((now() - receivedAt) / 1000)) : 0,
      upTo: upTo === 0 ? undefined : formatMicros(upTo),
      silentSources: sources()
        .filter(({ state: how }) => how === 'silent' || how === 'broken')
        .map(({ id }) => id),
      suppressed,
      notes: [
        ...desk.notes,
        ...(failing === '' ? [] : [`Cases are not written now: ${failing}`]),
        ...(telling.refused() === '' ? [] : [`The outputs file was refused: ${telling.refused()}`]),
        ...missed.map(({ from, to }) => `Entries ${from} to ${to} of the spool were gone before rules saw them.`),
      ],
    }
  }
  const services: DetectionServices = {
    cases: caseServices({ desk, book, flow, context, honesty, gapsIn, now, feed }),
    rules: ruleServices({
      desk,
      keeper,
      coverage,
      lastBacktest: (entry) => backtests.lastOf(entry),
      selftests: () => results.byRule(),
      shipped: rulesFolder,
    }),
    suppressions: suppressions.services(backtests),
    backtests: backtests.services,
    outputs: telling.services,
    selftests: selftests.services,
    honesty,
    coverage: () => coverage.answer(),
  }
  const opened = opening.move()
  return {
    services,
    figures: () => {
      const { baselines, detectionsBySeverity, missed, failing, lastFailure: _, ...status } = flow.status()
      const { cases, steps, signals, evictedCases, evictedSignals, generalisedSteps, overflowed } = book.status()
      return {
        rules_running: status.rulesRunning,
        events_judged: status.judged,
        events_failed: status.failed,
        detections: status.detections,
        ...Object.fromEntries(
          Object.entries(detectionsBySeverity).map(([name, count]) => [`detections_${name}`, count]),
        ),
        suppressed: status.suppressed,
        lag_milliseconds: honesty().lagMillis,
        entries_behind: behind(),
        late_events: status.late,
        evicted_groups: status.evictedGroups,
        dropped_window_entries: status.droppedEntries,
        cut_combinations: status.cutCombinations,
        baseline_groups: baselines.reduce((sum, { groups }) => sum + groups, 0),
        missed_entries: missed.reduce((sum, { from, to }) => sum + to - from + 1, 0),
        desk_failing: failing === '' ? 0 : 1,
        cases_in_memory: cases,
        steps_in_memory: steps,
        signals_in_memory: signals,
        evicted_cases: evictedCases,
        evicted_signals: evictedSignals,
        generalised_steps: generalisedSteps,
        overflowed_detections: overflowed,
        ...telling.figures(),
      }
    },
    watch: () => {
      keeper.watch()
      suppressions.watch()
      statuses?.watch()
      telling.watch()
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Every cluster has namespaces: without one, what there is of it has not been read yet. */
const isKnown = (state: Snapshot): boolean => {
  for (const _ of state.objects({ group: '', kind: 'Namespace' })) return true
  return false
}

function* suppressionObjects(state: Snapshot): Iterable<JsonObject> {
  for (const { body } of state.objects({ group: 'bulwark.dev', kind: 'Suppression' })) yield body
}
