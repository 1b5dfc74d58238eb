import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditRecord } from '../model/record.ts'
import { createExemptions } from './exemptions.ts'

const podCreated = (namespace: string, annotations: Readonly<Record<string, string>>): AuditRecord => ({
  kind: 'audit',
  time: 1,
  receivedAt: 1,
  cluster: 'shop',
  source: 'audit',
  auditId: 'a',
  stage: 'ResponseComplete',
  level: 'Metadata',
  verb: 'create',
  user: 'alice',
  groups: [],
  impersonatedUser: '',
  sourceIps: [],
  userAgent: '',
  requestUri: '',
  target: { group: '', version: 'v1', resource: 'pods', subresource: '', namespace, name: 'a' },
  code: 201,
  decision: 'allow',
  reason: '',
  event: { annotations },
})

test('learns from audit events which namespaces are exempt, and that they are no longer', () => {
  const exemptions = createExemptions()
  exemptions.learn(podCreated('system', { 'pod-security.kubernetes.io/exempt': 'namespace' }))
  exemptions.learn(podCreated('shop', { 'pod-security.kubernetes.io/exempt': 'user' }))
  assert.deepEqual(
    ['system', 'shop'].map((name) => exemptions.reason(name)),
    ['the API server exempts this namespace (told by the audit event of a pod)', ''],
  )
  exemptions.learn(podCreated('system', { 'pod-security.kubernetes.io/enforce-policy': 'privileged:latest' }))
  assert.equal(exemptions.reason('system'), '')
})
