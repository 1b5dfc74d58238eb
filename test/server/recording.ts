import type { AuditRecord, ObjectVersion } from '../../src/model/record.ts'
import { microsFromMillis } from '../../src/model/time.ts'
import { createRecording } from '../../src/sources/replay/index.ts'

const start = microsFromMillis(Date.parse('2026-01-02T03:00:00Z'))
const common = { cluster: 'little', source: 'test' }

const pod = (index: number, privileged: boolean): ObjectVersion => ({
  ...common,
  kind: 'object',
  time: start + index * 1_000_000,
  receivedAt: start + index * 1_000_000,
  ref: { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespace: 'shop', name: `web-${index}` },
  uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  resourceVersion: String(100 + index),
  change: 'added',
  synthesised: false,
  body: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: 'shop',
      name: `web-${index}`,
      uid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      resourceVersion: String(100 + index),
    },
    spec: { containers: [{ name: 'web', image: 'web:1', ...(privileged && { securityContext: { privileged } }) }] },
  },
})

const request = (index: number, user: string, code: number): AuditRecord => {
  const time = start + index * 1_000_000
  const auditId = `10000000-0000-4000-8000-${String(index).padStart(12, '0')}`
  const stamp = new Date(time / 1000).toISOString()
  return {
    ...common,
    kind: 'audit',
    time,
    receivedAt: time,
    auditId,
    stage: 'ResponseComplete',
    level: 'Metadata',
    verb: 'get',
    user,
    groups: [],
    impersonatedUser: '',
    sourceIps: ['192.0.2.1'],
    userAgent: 'test',
    requestUri: `/api/v1/namespaces/shop/secrets/s${index}`,
    target: { group: '', version: 'v1', resource: 'secrets', subresource: '', namespace: 'shop', name: `s${index}` },
    code,
    decision: code === 403 ? 'forbid' : 'allow',
    reason: '',
    event: {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: auditId,
      stage: 'ResponseComplete',
      requestURI: `/api/v1/namespaces/shop/secrets/s${index}`,
      verb: 'get',
      user: { username: user },
      sourceIPs: ['192.0.2.1'],
      userAgent: 'test',
      objectRef: { resource: 'secrets', namespace: 'shop', name: `s${index}`, apiVersion: 'v1' },
      responseStatus: { code },
      requestReceivedTimestamp: stamp,
      stageTimestamp: stamp,
      annotations: { 'authorization.k8s.io/decision': code === 403 ? 'forbid' : 'allow' },
    },
  }
}

/** A recording of twenty pods, one of them privileged, and of `requests` reads of secrets, every tenth of them refused. */
export const littleRecording = async (file: string, requests = 50): Promise<void> => {
  const writer = await createRecording({ file, cluster: 'little', description: 'Made by a test.' })
  await writer.write(Array.from({ length: 20 }, (_, index) => pod(index, index === 7)))
  await writer.write(
    Array.from({ length: requests }, (_, index) => request(index, index % 2 ? 'alice' : 'bob', index % 10 ? 200 : 403)),
  )
  await writer.close()
}
