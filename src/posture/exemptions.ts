import { isObject } from '../model/json.ts'
import type { AuditRecord } from '../model/record.ts'

/** Namespaces that the API server's own configuration exempts from Pod Security, as far as the audit log told. */
export interface Exemptions {
  learn(record: Pick<AuditRecord, 'target' | 'event'>): void
  /** Why a namespace is exempt, empty when it is not known to be. */
  reason(namespace: string): string
}

const maxNamespaces = 10_000
const exemptAnnotation = 'pod-security.kubernetes.io/exempt'
const enforcedAnnotation = 'pod-security.kubernetes.io/enforce-policy'

/** True where there may be something to learn of a record. */
export const tellsOfExemption = ({ event: { annotations } }: Pick<AuditRecord, 'event'>): boolean =>
  isObject(annotations) &&
  (annotations[exemptAnnotation] !== undefined || annotations[enforcedAnnotation] !== undefined)

/**
 * The configuration cannot be read through the API, but admission says in the audit event of a pod that it was exempt, and
 * otherwise which policy it enforced. The last word counts.
 * Upstream: k8s.io/pod-security-admission/api constants.go ExemptionReasonAnnotationKey, EnforcedPolicyAnnotationKey.
 */
export const createExemptions = (): Exemptions => {
  const exempt = new Set<string>()
  return {
    learn: ({ target, event }) => {
      const annotations = event.annotations
      if (!target || target.namespace === '' || !isObject(annotations)) return
      if (annotations[exemptAnnotation] === 'namespace') {
        if (exempt.size < maxNamespaces) exempt.add(target.namespace)
      } else if (typeof annotations[enforcedAnnotation] === 'string') {
        exempt.delete(target.namespace)
      }
    },
    reason: (namespace) =>
      exempt.has(namespace) ? 'the API server exempts this namespace (told by the audit event of a pod)' : '',
  }
}
