/** A workload as one text in the URL: `group/kind/namespace/name`, each part percent-encoded. Pure. */
import type { WorkloadRef } from '../../../model/finding.ts'

export const workloadKey = ({ group, kind, namespace, name }: WorkloadRef): string =>
  [group, kind, namespace, name].map(encodeURIComponent).join('/')

/** Undefined for a text that names no workload. */
export const parseWorkloadKey = (key: string): WorkloadRef | undefined => {
  const parts = key.split('/').map(decoded)
  const [group, kind, namespace, name] = parts
  if (parts.length !== 4 || group === undefined || !kind || namespace === undefined || !name) return undefined
  return { group, kind, namespace, name }
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
