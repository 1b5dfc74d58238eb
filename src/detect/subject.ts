import type { ObjectVersion } from '../model/object.ts'
import type { AuditRecord, RuntimeRecord } from '../model/record.ts'

/**
 * What the state of the cluster says of where a record happened. What is not known is an empty text. A detection keeps
 * what it was told, since the state goes on and pods are short-lived.
 */
export interface Subject {
  readonly namespace: string
  readonly pod: string
  /** Kind and name: `Deployment/web`. */
  readonly workload: string
  /** User name: `system:serviceaccount:shop:web`. */
  readonly serviceAccount: string
  readonly node: string
  readonly container: string
  readonly image: string
}

/**
 * Answers from the state at this moment; asked once for each runtime record and each Event object, and of a request for the
 * pod that made it.
 */
export type SubjectOf = (record: RuntimeRecord | ObjectVersion | AuditRecord) => Subject | undefined
