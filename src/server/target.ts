import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { clusterDataDir, recordingDataDirPrefix } from '../config/places.ts'
import type { Settings } from '../config/settings.ts'
import { BulwarkError } from '../model/error.ts'
import { type ClusterAccess, findCluster } from '../sources/cluster/index.ts'

/** What is recorded, and where the record lies. */
export type Target = (
  | { readonly kind: 'cluster'; readonly access: ClusterAccess; readonly cluster: string }
  | { readonly kind: 'recording'; readonly file: string; readonly speed: number | 'max' }
) & {
  readonly dataDir: string
  /** Why this target and not another, for the terminal. */
  readonly because: string
  /** Removes what does not outlive the run: the record of a replayed recording. */
  readonly cleanUp: () => void
}

const shippedRecording = join(import.meta.dirname, '..', '..', 'recordings', 'shop.jsonl.zst')

/**
 * The cluster that was named, or that the kubeconfig is for; without any, the recording that ships with Bulwark.
 * Throws BulwarkError KUBECONFIG_MISSING, KUBECONFIG_INVALID (a cluster was named, or found, and cannot be used).
 */
export const chooseTarget = async (
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Target> => {
  const { what } = settings
  if (what.kind === 'recording') {
    return { ...recording(settings, what.file, what.speed), because: `a recording, as asked: ${what.file}` }
  }
  const found = await findCluster({
    env,
    ...(what.kubeconfig !== undefined && { kubeconfig: what.kubeconfig }),
    ...(what.context !== undefined && { context: what.context }),
  })
  if (found.kind === 'found') {
    const { access } = found
    const dataDir = settings.dataDir ?? clusterDataDir(access.context, access.server, env)
    makeDataDir(dataDir)
    return {
      kind: 'cluster',
      access,
      cluster: access.context,
      dataDir,
      because: `the cluster of ${access.from}`,
      cleanUp: () => {},
    }
  }
  if (what.kind === 'cluster') {
    throw new BulwarkError('KUBECONFIG_MISSING', {
      what: 'there is no kubeconfig',
      where: found.looked.join(', '),
      mend: 'Name one with --kubeconfig FILE, or look at a recording with --recording FILE',
    })
  }
  return {
    ...recording(settings, shippedRecording, 'max'),
    because: `no cluster here (looked in ${found.looked.join(', ')}), so a recording that ships with Bulwark`,
  }
}

const recording = (settings: Settings, file: string, speed: number | 'max') => {
  // Its times move with each start, so what an earlier start stored would stand beside it as a second past.
  const temporary = settings.dataDir === undefined
  const dataDir = settings.dataDir ?? mkdtempSync(recordingDataDirPrefix())
  makeDataDir(dataDir)
  return {
    kind: 'recording' as const,
    file,
    speed,
    dataDir,
    cleanUp: () => {
      if (temporary) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

const makeDataDir = (dir: string): void => {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: `the data directory cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: dir,
      mend: 'Choose another with --data-dir DIR',
      cause,
    })
  }
}
