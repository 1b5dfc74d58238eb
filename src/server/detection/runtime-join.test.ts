import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDetector } from '../../detect/detector.ts'
import { loadRuleSet } from '../../detect/rule-set.ts'
import { createSubjects } from '../../detect/subjects.ts'
import type { JsonObject } from '../../model/json.ts'
import { parseFalco } from '../../sources/falco/index.ts'
import { parseTetragon } from '../../sources/tetragon/index.ts'
import { ClusterState } from '../../state/cluster-state.ts'
import { sampleObject } from '../../state/fixture.ts'

const id = 'bae66fa9f18079f78500ad37e88eb8a88b3181b2d0767f26dc532f75e4024d27'

const state = new ClusterState()
const apps = 'apps/v1'
state.apply(sampleObject({ apiVersion: apps, kind: 'Deployment', namespace: 'shop', name: 'web' }))
const owner = { apiVersion: apps, kind: 'Deployment', name: 'web' }
state.apply(sampleObject({ apiVersion: apps, kind: 'ReplicaSet', namespace: 'shop', name: 'web-7c', owner }))
state.apply(
  sampleObject({
    kind: 'Pod',
    namespace: 'shop',
    name: 'web-7c-1',
    owner: { apiVersion: apps, kind: 'ReplicaSet', name: 'web-7c' },
    rest: {
      spec: {
        nodeName: 'worker-1',
        serviceAccountName: 'web',
        containers: [{ name: 'web', image: 'docker.io/library/nginx:1.29' }],
      },
      status: { containerStatuses: [{ name: 'web', containerID: `containerd://${id}` }] },
    },
  }),
)

const rules = `title: A shell in nginx
id: 88888888-8888-4888-8888-888888888888
status: stable
level: medium
logsource: {product: kubernetes, service: runtime}
detection:
  shell: {Image: /bin/sh, namespace: shop, workload: Deployment/web, imageRepository: docker.io/library/nginx}
  condition: shell
`
const set = loadRuleSet([{ name: 'ours.yml', text: rules, origin: 'bulwark' }])

const falco = (container: JsonObject): JsonObject => ({
  rule: 'Terminal shell in container',
  priority: 'Notice',
  time: '2026-11-23T10:00:00.5Z',
  hostname: 'worker-1',
  output: 'x',
  output_fields: { 'proc.exepath': '/bin/sh', ...container },
})
const tetragon = (process: JsonObject): JsonObject => ({
  process_exec: { process: { binary: '/bin/sh', ...process } },
  node_name: 'worker-1',
  time: '2026-11-23T10:00:00.5Z',
})

for (const [name, parse, event] of [
  ['Falco by 12 digits', parseFalco, falco({ 'container.id': id.slice(0, 12) })],
  ['Falco by all digits', parseFalco, falco({ 'container.id': id.slice(0, 12), 'container.full_id': id })],
  ['Tetragon by 31 digits', parseTetragon, tetragon({ docker: id.slice(0, 31) })],
  ['Tetragon by all digits', parseTetragon, tetragon({ pod: { container: { id: `containerd://${id}` } } })],
] as const)
  test(`what is told without a pod is joined to pod, workload, account, container and image: ${name}`, () => {
    const payload = Buffer.from(JSON.stringify(event))
    const stream = parse === parseFalco ? 'falco' : 'tetragon'
    const { records } = parse({ stream, source: stream, cluster: 'shop', receivedAt: 1_795_428_001_000_000, payload })
    const detector = createDetector(set, { enabled: () => true, subjectOf: createSubjects(() => state) })
    const found = detector.step(records.map((record, index) => ({ position: { seq: 1, index }, record })))
    assert.deepEqual(
      found
        .filter(({ rule }) => rule.startsWith('8'))
        .map(({ pod, workload, serviceAccount, container, image, target, node }) => ({
          pod,
          workload,
          serviceAccount,
          container,
          image,
          target: `${target.namespace}/${target.name}`,
          node,
        })),
      [
        {
          pod: 'web-7c-1',
          workload: 'Deployment/web',
          serviceAccount: 'system:serviceaccount:shop:web',
          container: 'web',
          image: 'docker.io/library/nginx:1.29',
          target: 'shop/web-7c-1',
          node: 'worker-1',
        },
      ],
    )
  })
