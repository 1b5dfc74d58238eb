import { setTimeout } from 'node:timers/promises'
import type { Settings } from '../config/settings.ts'
import type { ObjectRef } from '../model/object.ts'
import { microsFromMillis, parseMicros } from '../model/time.ts'
import { type ClusterAccess, type ClusterSource, clusterSource, type Resume } from '../sources/cluster/index.ts'
import { auditSources } from './audit-sources.ts'
import { sensorSources } from './sensor-sources.ts'
import type { Connected, Watching } from './watching.ts'

/** How long a stop waits for the store to take what was handed over. */
const storeMillis = 5000

/** How long a start waits for the store to take what the last run left in the spool. */
const catchUpMillis = 30_000

/** A live cluster: its objects by list and watch, its audit log and its sensors by HTTP and file. */
export const watchCluster = (
  settings: Settings,
  target: { readonly access: ClusterAccess; readonly cluster: string; readonly dataDir: string },
  connected: Connected,
): Watching => {
  const { recorder, live, log } = connected
  const { access, cluster, dataDir } = target
  const audit = auditSources(settings, cluster, dataDir, recorder.append)
  const sensors = sensorSources(settings, cluster, dataDir, recorder.append)
  const told = [...audit.all, ...sensors.all]
  let objects: ClusterSource | undefined
  let stopping = false

  return {
    cluster,
    recording: undefined,
    sources: () => (objects === undefined ? told : [objects, ...told]),
    kinds: () => objects?.kinds() ?? [],
    audit: audit.receiver,
    sensors: sensors.receivers,
    listen: async () => {
      for (const source of told) {
        // One that cannot listen says so on the page; the rest works.
        await source.start().catch((error: unknown) => log.error(`${source.id} cannot start`, error))
      }
    },
    begin: async () => {
      const resume = await catchUp(connected)
      if (stopping) return
      objects = clusterSource(
        {
          cluster,
          access,
          secrets: settings.secrets,
          ...(settings.exclude && { exclude: settings.exclude }),
          // What is found to be gone is told with its last body.
          lastKnown: (ref: ObjectRef, uid: string) => {
            const known = live.state.get(ref)
            return known?.uid === uid ? known.body : undefined
          },
          ...(resume && { resume }),
        },
        recorder.append,
      )
      await objects.start()
    },
    stop: async () => {
      stopping = true
      await Promise.all([objects, ...told].map((source) => source?.stop()))
      // What cannot be stored in time stays in the spool, for the next start.
      await Promise.race([recorder.flush(), setTimeout(storeMillis, undefined, { ref: false })])
    },
  }
}

/**
 * Brings the live state to where the record ends, so that the cluster's source goes on with differences. What is in the
 * spool and not yet in the store comes by the recorder. Undefined when there is no record, or the store cannot be read
 * now: everything is then listed anew.
 */
const catchUp = async ({ store, recorder, live, deliver, log }: Connected): Promise<Resume | undefined> => {
  const now = microsFromMillis(Date.now())
  try {
    for await (const version of store.stateAt(now)) live.remember(version)
  } catch (error) {
    log.error('the record of the last run cannot be read now; the cluster is listed anew', error)
    live.forgetBefore(now)
    deliver()
    return undefined
  }
  deliver()
  // A store that went away meanwhile must not keep us from looking at the cluster.
  const caughtUp = recorder.flush().then(() => true)
  if (!(await Promise.race([caughtUp, setTimeout(catchUpMillis, false, { ref: false })]))) return undefined
  const window = await store.recordWindow()
  const objects = Array.from(live.state.objects({}), ({ ref, uid, resourceVersion }) => ({ ref, uid, resourceVersion }))
  if (window === undefined || objects.length === 0) return undefined
  return { until: Math.max(live.state.time, parseMicros(window.to) ?? 0), objects }
}
