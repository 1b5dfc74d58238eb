import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { BulwarkError } from '../model/error.ts'
import type { RecordingHeader } from '../model/recording.ts'
import type { SourceStatus } from '../model/source.ts'
import { type LiveSink, openRecorder, wholeBlocks } from '../recorder/index.ts'
import { clusterSource, findCluster } from '../sources/cluster/index.ts'
import { createRecording } from '../sources/replay/index.ts'
import { auditSources } from './audit-sources.ts'
import { parsers } from './parsers.ts'
import { type SensorReceiver, sensorSources } from './sensor-sources.ts'

/** A recording that is being made. */
export interface RunningRecording {
  readonly cluster: string
  /** Where audit batches are received, and the token that they have to bear. */
  readonly audit: { readonly url: string; readonly token: string } | undefined
  readonly sensors: readonly SensorReceiver[]
  statuses(): readonly SourceStatus[]
  /** Writes what is in hand and finishes the file. */
  stop(): Promise<RecordingHeader>
}

/**
 * Records a cluster, its audit log and its sensors into a file, by the same sources and recorder as the server: what is acknowledged
 * to the API server is on disk, and what goes into the file is redacted.
 * Throws BulwarkError KUBECONFIG_MISSING, KUBECONFIG_INVALID, CONFIG_INVALID (the file is there already), PORT_IN_USE.
 */
export const recordCluster = async (settings: Settings, file: string): Promise<RunningRecording> => {
  const { what } = settings
  const found = await findCluster({
    ...(what.kind !== 'recording' && what.kubeconfig !== undefined && { kubeconfig: what.kubeconfig }),
    ...(what.kind !== 'recording' && what.context !== undefined && { context: what.context }),
  })
  if (found.kind === 'none') {
    throw new BulwarkError('KUBECONFIG_MISSING', {
      what: 'there is no cluster to record',
      where: found.looked.join(', '),
      mend: 'Name a kubeconfig with --kubeconfig FILE',
    })
  }
  const { access } = found
  await using starting = new AsyncDisposableStack()
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-record-'))
  starting.defer(() => rmSync(dir, { recursive: true, force: true }))
  const writer = await createRecording({
    file,
    cluster: access.context,
    description: `Recorded by Bulwark from the cluster of context "${access.context}".`,
  })
  const recorder = starting.use(await openRecorder({ dir, parsers }))
  let writing: Promise<void> = Promise.resolve()
  const sink: LiveSink = {
    name: file,
    take: (placed) => {
      writing = writing.then(() => writer.write(placed.map(({ record }) => record)))
    },
  }
  // The file is the store: a block is kept when what came before it is written.
  recorder.start({ live: [sink], store: wholeBlocks(() => writing) })

  const audit = auditSources(settings, access.context, dir, recorder.append)
  const sensors = sensorSources(settings, access.context, dir, recorder.append)
  const objects = clusterSource(
    {
      cluster: access.context,
      access,
      secrets: settings.secrets,
      ...(settings.exclude && { exclude: settings.exclude }),
    },
    recorder.append,
  )
  const sources = [...audit.all, ...sensors.all, objects]
  starting.defer(() => Promise.all(sources.map((source) => source.stop())).then(() => {}))
  for (const source of sources) await source.start()

  const parts = starting.move()
  return {
    cluster: access.context,
    audit: audit.receiver(),
    sensors: sensors.receivers(),
    statuses: () => sources.map((source) => source.status()),
    stop: async () => {
      await Promise.all(sources.map((source) => source.stop()))
      await recorder.flush()
      const header = await writer.close()
      await parts.disposeAsync()
      return header
    },
  }
}
