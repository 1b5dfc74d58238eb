import { asString, isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { AuditRecord } from '../../model/record.ts'

const most = 32

/**
 * User names that can do more by a request, or can be used by who made it, for `Detection.grants`: the users and service
 * accounts that a binding names, the service account that a made pod runs as, the one whose token was asked for. Groups
 * are left out: a record does not tell who is in one. Empty for refused requests, and where the audit level has no body.
 */
export const grantsOf = (record: AuditRecord): readonly string[] => {
  const { target, verb, code, event } = record
  if (target === undefined || code >= 400 || !['create', 'update', 'patch'].includes(verb)) return []
  if (target.resource === 'serviceaccounts')
    return target.subresource === 'token' && target.name !== '' ? [account(target.namespace, target.name)] : []
  if (target.subresource !== '') return []
  // The answer is whole where the request is a patch, and has what was filled in.
  const body = isObject(event.responseObject) ? event.responseObject : event.requestObject
  if (!isObject(body)) return []
  if (target.resource === 'rolebindings' || target.resource === 'clusterrolebindings')
    return subjectsOf(body.subjects, target.namespace)
  const name = accountOfPods(body)
  return name === '' || target.namespace === '' ? [] : [account(target.namespace, name)]
}

const account = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`

const subjectsOf = (subjects: JsonValue | undefined, namespace: string): readonly string[] => {
  const found = new Set<string>()
  for (const subject of Array.isArray(subjects) ? subjects : []) {
    if (found.size >= most) break
    if (!isObject(subject) || typeof subject.name !== 'string' || subject.name === '') continue
    if (subject.kind === 'User') found.add(subject.name)
    const home = asString(subject.namespace) || namespace
    if (subject.kind === 'ServiceAccount' && home !== '') found.add(account(home, subject.name))
  }
  return [...found]
}

/** Of a Pod, of what has a template of pods, of a CronJob; empty for all else. */
const accountOfPods = (body: JsonObject): string => {
  const spec = isObject(body.spec) ? body.spec : {}
  const job = isObject(spec.jobTemplate) && isObject(spec.jobTemplate.spec) ? spec.jobTemplate.spec : spec
  const pod = isObject(job.template) && isObject(job.template.spec) ? job.template.spec : job
  return Array.isArray(pod.containers) ? (asString(pod.serviceAccountName) ?? '') : ''
}
