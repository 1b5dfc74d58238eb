import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BulwarkError } from '../../model/error.ts'
import { runCommand } from '../fixture.ts'
import { reachCommand } from './command.ts'

const manifests = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, ports: [{name: sql, containerPort: 5432}]}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: sql}]
`

const run = async (...args: readonly string[]) => ask(manifests, ...args)

const ask = async (text: string, ...args: readonly string[]) => {
  const { code, stdout, stderr } = await runCommand(reachCommand, () => [...args, '-'], { input: text })
  return { code, stdout, stderr }
}

test('a port that a rule allows is told with the rule, and ends well', async () => {
  assert.deepEqual(await run('--port', 'sql', 'shop/web', 'shop/db'), {
    code: 0,
    stdout: `shop/web -> shop/db, TCP 5432
allowed: TCP 5432

GATE             EFFECT  TRAFFIC   BY
network egress   allow   all       no policy selects it
network ingress  allow   TCP 5432  NetworkPolicy shop/db spec.ingress[0]  <stdin>:18:7
`,
    stderr: '',
  })
})

test('what is denied ends with 1 and names the policy that isolates', async () => {
  const { code, stdout } = await run('-o', 'json', '203.0.113.7', 'shop/db')
  assert.equal(code, 1)
  const { allowed, decisions } = JSON.parse(stdout) as { allowed: string; decisions: readonly { by: unknown }[] }
  assert.equal(allowed, 'none')
  assert.deepEqual(decisions.at(-1)?.by, {
    kind: 'isolated',
    policies: [{ kind: 'NetworkPolicy', namespace: 'shop', name: 'db' }],
  })
})

test('a name that is not there is refused with those that are', async () => {
  await assert.rejects(
    () => run('shop/wep', 'shop/db'),
    (error) =>
      error instanceof BulwarkError &&
      error.message ===
        'there is no pod or workload "shop/wep", and it is no address (one file). There are shop/web, shop/db',
  )
})

const deployed = (more: string) => `
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Pod
    metadata:
      name: web-77-a
      namespace: shop
      labels: {app: web, pod-template-hash: '77', first: 'yes'}
      ownerReferences: [{kind: ReplicaSet, name: web-77, controller: true}]
    spec: {serviceAccountName: web, containers: [{name: c}]}
    status: {podIP: 10.0.0.1}
  - apiVersion: v1
    kind: Pod
    metadata:
      name: web-77-b
      namespace: shop
      labels: {app: web, pod-template-hash: '77'}
      ownerReferences: [{kind: ReplicaSet, name: web-77, controller: true}]
    spec: {serviceAccountName: web, containers: [{name: c}]}
    status: {podIP: 10.0.0.2}
  - apiVersion: v1
    kind: Pod
    metadata: {name: db-0, namespace: shop, labels: {app: db, sidecar.istio.io/inject: 'true'}}
    spec: {containers: [{name: c}]}
    status: {podIP: 10.0.0.3}
${more}`

test('a workload stands for its pods, by its name with or without its kind', async () => {
  for (const name of ['shop/web', 'shop/deployment/web']) {
    const { code, stdout, stderr } = await ask(deployed(''), name, 'shop/db-0')
    assert.equal(code, 0)
    assert.match(stdout, /^shop\/.*web -> shop\/db-0\nallowed: all\n/)
    assert.equal(stderr, `note: shop/web-77-a stands for the 2 pods of ${name}\n`)
  }
})

test('pods of one workload that are not treated alike are told, and the answer is not whole', async () => {
  const policy = `
  - apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: first, namespace: shop}
    spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {first: 'yes'}}}]}]}
`
  const { code, stdout } = await ask(deployed(policy), 'shop/web', 'shop/db-0')
  assert.equal(code, 3)
  assert.match(
    stdout,
    /! not read: pods of one workload are not treated alike: shop\/web-77-b -> shop\/db-0 is another answer/,
  )
})

test('a request of HTTP is judged by what the policies of a mesh ask of it', async () => {
  const policy = `
  - apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: api, namespace: shop}
    spec:
      selector: {matchLabels: {app: db}}
      rules: [{to: [{operation: {methods: [GET], hosts: ['db.*']}}], when: [{key: 'request.headers[x-team]', values: [a]}]}]
`
  const question = (request: string, header: string) =>
    ask(
      deployed(policy),
      ...['--port', '80', '--request', request, '--host', 'db.shop', '--header', header],
      ...['shop/web', 'shop/db-0'],
    )
  assert.equal((await question('GET /x', 'X-Team: a')).code, 0)
  assert.equal((await question('POST /x', 'X-Team: a')).code, 1)
  assert.equal((await question('GET /x', 'X-Team: b')).code, 1)
  const whole = await ask(deployed(policy), '--port', '80', 'shop/web', 'shop/db-0')
  assert.equal(whole.code, 3, 'without a request it is not known')
  for (const wrong of [
    ['--request', 'GET'],
    ['--request', 'GET /', '--port', '80/UDP'],
    ['--host', 'x'],
  ]) {
    await assert.rejects(
      () => ask(deployed(policy), ...wrong, 'shop/web', 'shop/db-0'),
      (error) => error instanceof BulwarkError && error.code === 'CONFIG_INVALID',
    )
  }
})
