import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { findStack } from './build.ts'
import { at, listAt, textAt } from './client.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { type Receiver, receiveAudit } from './receiver.ts'
import { until } from './until.ts'

const stack = await findStack()

describe('the test cluster', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let cluster: Cluster
  let receiver: Receiver
  const auditLog = () => join(cluster.folder, 'audit.log')

  before(async () => {
    receiver = await receiveAudit()
    cluster = await startCluster(stack, {
      auditWebhook: { url: receiver.url, maxWait: 200 },
      auditLogPath: 'audit.log', // beside the rest: the API server runs in the cluster's folder
      encryption: true,
      podSecurity: { exemptions: { usernames: ['exempt'], namespaces: [], runtimeClasses: [] } },
      controllers: true,
    })
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
    await receiver?.[Symbol.asyncDispose]()
  })

  test('is Kubernetes 1.37 and lists its namespaces', async () => {
    const version = await cluster.admin.get('/version')
    const namespaces = await cluster.admin.get('/api/v1/namespaces')
    assert.equal(at(version.body, 'gitVersion'), 'v1.37.2')
    assert.deepEqual(
      listAt(namespaces.body, 'items').map((each) => at(each, 'metadata', 'name')),
      ['default', 'kube-node-lease', 'kube-public', 'kube-system'],
    )
  })

  test('refuses by RBAC until a binding allows it', async () => {
    const alice = await cluster.client({ user: 'alice', groups: ['devs'] })
    const refused = await alice.get('/api/v1/namespaces/default/pods')
    assert.equal(
      at(refused.body, 'message'),
      'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"',
    )
    await cluster.admin.post('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
      metadata: { name: 'devs-view' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'devs' }],
    })
    await until(
      'the binding to be seen',
      async () => (await alice.get('/api/v1/namespaces/default/pods')).status === 200,
    )
  })

  test('refuses a privileged pod where baseline is enforced, but not to an exempt user', async () => {
    await cluster.admin.post('/api/v1/namespaces', {
      metadata: { name: 'guarded', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
    })
    await until('the service account', async () => {
      return (await cluster.admin.get('/api/v1/namespaces/guarded/serviceaccounts/default')).status === 200
    })
    const pods = '/api/v1/namespaces/guarded/pods'
    const refused = await cluster.admin.post(pods, pod('bad', { privileged: true }))
    assert.equal(
      at(refused.body, 'message'),
      'pods "bad" is forbidden: violates PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)',
    )
    const exempt = await cluster.client({ user: 'exempt', groups: ['system:masters'] })
    assert.equal((await exempt.post(pods, pod('bad', { privileged: true }))).status, 201)
  })

  test('refuses by a ValidatingAdmissionPolicy', async () => {
    const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies'
    await cluster.admin.post(policies, {
      metadata: { name: 'no-latest' },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
        },
        validations: [{ expression: "object.metadata.name != 'forbidden'", message: 'not that name' }],
      },
    })
    await cluster.admin.post(`${policies.replace('policies', 'policybindings')}`, {
      metadata: { name: 'no-latest' },
      spec: { policyName: 'no-latest', validationActions: ['Deny'] },
    })
    const body = { metadata: { name: 'forbidden' } }
    let message: unknown
    await until('the policy to be active', async () => {
      const answer = await cluster.admin.post('/api/v1/namespaces/default/configmaps?dryRun=All', body)
      message = at(answer.body, 'message')
      return answer.status === 422
    })
    assert.equal(
      message,
      "configmaps \"forbidden\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'no-latest' denied request: not that name",
    )
  })

  test('encrypts a Secret in etcd and still serves it', async () => {
    const secrets = '/api/v1/namespaces/default/secrets'
    await cluster.admin.post(secrets, { metadata: { name: 'plain' }, stringData: { word: 'hunter2-in-the-clear' } })
    const raw = await cluster.etcd.get('/registry/secrets/default/plain')
    const served = await cluster.admin.get(`${secrets}/plain`)
    assert.ok(raw)
    assert.equal(raw.toString('latin1').startsWith('k8s:enc:secretbox:v1:key1:'), true)
    assert.equal(raw.includes('hunter2-in-the-clear'), false)
    assert.equal(Buffer.from(textAt(served.body, 'data', 'word'), 'base64').toString(), 'hunter2-in-the-clear')
  })

  test('writes the same audit events to the webhook and to the log', async () => {
    await cluster.admin.get('/api/v1/namespaces/default/secrets/the-last-one')
    const isLast = (event: unknown) => at(event, 'objectRef', 'name') === 'the-last-one'
    await until('the last event', () => receiver.events.some(isLast))
    // A line without an end is still being written.
    const logged = async (): Promise<readonly unknown[]> =>
      (await readFile(auditLog(), 'utf8'))
        .split('\n')
        .slice(0, -1)
        .map((line): unknown => JSON.parse(line))
    const idsOf = (events: readonly unknown[]) =>
      events.map((event) => `${textAt(event, 'auditID')} ${textAt(event, 'stage')}`)
    const upToLast = (events: readonly unknown[]) => idsOf(events).slice(0, events.findIndex(isLast) + 1)
    const [byWebhook, byLog] = [upToLast(receiver.events), upToLast(await logged())]
    assert.ok(byWebhook.length > 50)
    // Requests of the same moment may be in another order.
    const has = (events: readonly unknown[], wanted: readonly string[]): boolean => {
      const known = new Set(idsOf(events))
      return wanted.every((id) => known.has(id))
    }
    await until('the log to have what the webhook has', async () => has(await logged(), byWebhook))
    await until('the webhook to have what the log has', () => has(receiver.events, byLog))
  })

  test('runs a Deployment on fake nodes', async () => {
    await cluster.kwok({ nodes: 3 })
    await cluster.admin.post('/apis/apps/v1/namespaces/default/deployments', {
      metadata: { name: 'web' },
      spec: {
        replicas: 6,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: pod('web', {}).spec },
      },
    })
    await until('six pods to be ready', async () => {
      const web = await cluster.admin.get('/apis/apps/v1/namespaces/default/deployments/web')
      return at(web.body, 'status', 'readyReplicas') === 6
    })
  })

  test('serves kubectl with the kubeconfig of any user', async () => {
    const path = await cluster.kubeconfig({ user: 'carol', groups: ['system:masters'] })
    const kubectl = (...args: readonly string[]) =>
      promisify(execFile)(cluster.program('kubectl'), [`--kubeconfig=${path}`, ...args], {
        env: { HOME: cluster.folder }, // its cache goes there
      })
    const { stdout } = await kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')
    assert.equal(stdout, 'carol')
  })

  test('is silent while the API server is paused, and answers when it goes on', async () => {
    cluster.apiserver().pause()
    const state = async () => (await readFile(`/proc/${cluster.apiserver().pid}/stat`, 'utf8')).split(' ')[2]
    await until('the API server to stand still', async () => (await state()) === 'T')
    let answered = false
    const answer = cluster.admin.get('/readyz').then(({ status }) => {
      answered = true
      return status
    })
    assert.equal(await state(), 'T')
    assert.equal(answered, false)
    cluster.apiserver().resume()
    assert.equal(await answer, 200)
  })

  test('answers 410 for what was compacted, once it has restarted', async () => {
    const before = await cluster.admin.get('/api/v1/namespaces')
    const version = textAt(before.body, 'metadata', 'resourceVersion')
    for (const value of ['1', '2']) {
      await cluster.admin.patch('/api/v1/namespaces/default', { metadata: { labels: { value } } })
    }
    await cluster.compact()
    await cluster.restartApiserver()
    const events: unknown[] = []
    const path = `/api/v1/namespaces?watch=true&resourceVersion=${version}&timeoutSeconds=5`
    await cluster.admin.watch(path, (event) => events.push(event), AbortSignal.timeout(180_000))
    assert.deepEqual(
      events.map((event) => [at(event, 'type'), at(event, 'object', 'code'), at(event, 'object', 'reason')]),
      [['ERROR', 410, 'Expired']],
    )
  })

  test('keeps its data when the API server is killed', async () => {
    await cluster.admin.patch('/api/v1/namespaces/default', { metadata: { labels: { kept: 'yes' } } })
    await cluster.restartApiserver('SIGKILL')
    const read = await cluster.admin.get('/api/v1/namespaces/default')
    assert.equal(at(read.body, 'metadata', 'labels', 'kept'), 'yes')
  })
})

function pod(name: string, securityContext: unknown) {
  return {
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'registry.example/app:1', securityContext }] },
  }
}
