/** The patch of a pod template as something that can be applied. Pure. */
import type { WorkloadRef } from '../../../model/finding.ts'
import type { JsonObject } from '../../../model/json.ts'

/** The same patch over the whole workload; undefined for kinds whose template we cannot place or that cannot be changed. */
export const wholePatch = (kind: string, patch: JsonObject): JsonObject | undefined => {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'ReplicationController':
      return { spec: { template: patch } }
    case 'CronJob':
      return { spec: { jobTemplate: { spec: { template: patch } } } }
    default:
      return undefined
  }
}

/** `kubectl patch …` for a POSIX shell; it only says what it would do (`--dry-run=server`). */
export const patchCommand = (workload: WorkloadRef, patch: JsonObject): string | undefined => {
  const whole = wholePatch(workload.kind, patch)
  if (!whole) return undefined
  const type = `${workload.kind.toLowerCase()}${workload.group === '' ? '' : `.${workload.group}`}`
  return `kubectl patch ${quoted(`${type}/${workload.name}`)} --namespace ${quoted(workload.namespace)} --type strategic --dry-run=server --output yaml --patch ${quoted(JSON.stringify(whole))}`
}

/** A word of a POSIX shell that stands for exactly this text. */
const quoted = (text: string): string => (/^[A-Za-z0-9_./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
