/** Which values of a raw audit event can be asked for in a query, by their path. Pure. */
import { findField } from '../../model/query/index.ts'

const exact: Readonly<Record<string, string>> = {
  'user.username': 'user',
  'impersonatedUser.username': 'impersonated',
  verb: 'verb',
  level: 'level',
  stage: 'stage',
  auditID: 'id',
  userAgent: 'agent',
  requestURI: 'uri',
  'sourceIPs[0]': 'ip',
  'objectRef.apiGroup': 'group',
  'objectRef.resource': 'resource',
  'objectRef.subresource': 'subresource',
  'objectRef.namespace': 'ns',
  'objectRef.name': 'name',
  'responseStatus.code': 'code',
  'annotations.authorization.k8s.io/decision': 'decision',
  'annotations.authorization.k8s.io/reason': 'reason',
}

/** The query field that asks for the value at a path of the raw record; undefined where there is none. */
export const queryFieldOf = (path: string): string | undefined => {
  const field = Object.hasOwn(exact, path) ? exact[path] : undefined
  return field && findField(field) ? field : undefined
}
