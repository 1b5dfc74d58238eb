import type { LinkedCorrelation } from '../engines/sigma/index.ts'
import { asObject, isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import type { AuditRecord } from '../model/record.ts'
import type { BaselineRule } from './baseline/index.ts'
import { imageNameOf } from './image-name.ts'
import type { SubjectOf } from './subject.ts'

/** A request as windows and baselines see it. Rules over single requests see the event as it is. */
export type RequestView = (record: AuditRecord) => JsonObject

/**
 * What a request tells beyond its event, where a correlation or baseline is grouped by it or counts it: `caller.namespace`,
 * `caller.pod` and `caller.workload` of requests that a pod makes by its service account, and `images.repository` and
 * `images.registry` of those that make pods. What is not known is left out, so that nobody is grouped by it.
 */
export const requestView = (
  asking: { readonly correlations: readonly LinkedCorrelation[]; readonly baselines: readonly BaselineRule[] },
  subjectOf: SubjectOf,
): RequestView => {
  const fields = [
    ...asking.correlations.flatMap(({ correlation }) => [...correlation.groupBy, ...correlation.fields]),
    ...asking.baselines.flatMap(({ groupBy, watch }) => [...groupBy, ...(watch.type === 'new' ? watch.values : [])]),
  ]
  const asks = (part: string): boolean => fields.some((field) => field.startsWith(`${part}.`))
  const [callers, images] = [asks('caller'), asks('images')]
  if (!callers && !images) return ({ event }) => event
  return (record) => {
    const caller = callers ? callerOf(record, subjectOf) : undefined
    const made = images ? imagesOf(record) : undefined
    if (caller === undefined && made === undefined) return record.event
    return { ...record.event, ...(caller && { caller }), ...(made && { images: made }) }
  }
}

const callerOf = (record: AuditRecord, subjectOf: SubjectOf): JsonObject | undefined => {
  if (callingPod(record) === undefined) return undefined
  const subject = subjectOf(record)
  if (subject === undefined || subject.workload === '') return undefined
  const { namespace, pod, workload } = subject
  return { namespace, pod, workload }
}

/**
 * The pod that a token is bound to, as the API server tells of its user: authentication.kubernetes.io/pod-name and
 * pod-uid (k8s.io/apiserver/pkg/authentication/serviceaccount). Undefined for tokens and users that are of none.
 */
export const callingPod = ({
  user,
  event,
}: AuditRecord): { readonly namespace: string; readonly name: string; readonly uid: string } | undefined => {
  if (!user.startsWith(account)) return undefined
  const namespace = user.slice(account.length, user.indexOf(':', account.length))
  const extra = isObject(event.user) && isObject(event.user.extra) ? event.user.extra : {}
  const name = firstText(extra['authentication.kubernetes.io/pod-name'])
  return name === '' ? undefined : { namespace, name, uid: firstText(extra['authentication.kubernetes.io/pod-uid']) }
}

const account = 'system:serviceaccount:'

const firstText = (values: JsonValue | undefined): string => {
  const first = Array.isArray(values) ? values[0] : undefined
  return typeof first === 'string' ? first : ''
}

/** A pod has few; who makes a request up may name many. */
const mostImages = 16

const imagesOf = ({ verb, target, code, event }: AuditRecord): JsonValue | undefined => {
  if (target === undefined || code >= 400 || !['create', 'update', 'patch'].includes(verb)) return undefined
  const body = isObject(event.responseObject) ? event.responseObject : event.requestObject
  const spec = isObject(body) ? podSpecOf(body) : {}
  const containers = [spec.containers, spec.initContainers, spec.ephemeralContainers].flatMap((list) =>
    Array.isArray(list) ? list.slice(0, mostImages) : [],
  )
  const names = containers.flatMap((one) => {
    const name = isObject(one) && typeof one.image === 'string' ? imageNameOf(one.image) : undefined
    return name === undefined ? [] : { ...name }
  })
  return names.length === 0 ? undefined : names.slice(0, mostImages)
}

/** Of a Pod, of what has a template of pods, of a CronJob. */
const podSpecOf = (body: JsonObject): JsonObject => {
  const spec = asObject(body.spec)
  const job = isObject(spec.jobTemplate) ? asObject(spec.jobTemplate.spec) : spec
  return isObject(job.template) ? asObject(job.template.spec) : job
}
