import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { BulwarkError } from '../../model/error.ts'
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

const run = async (...args: readonly string[]) => {
  let stdout = ''
  let code: number | undefined
  async function* stdin() {
    yield Buffer.from(manifests)
  }
  const around = {
    stdin: stdin(),
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: () => {} },
  }
  const command = reachCommand(around, (given) => {
    code = given
  })
  await new Command('bulwark').addCommand(command).parseAsync(['reach', ...args, '-'], { from: 'user' })
  return { code, stdout }
}

test('a port that a rule allows is told with the rule, and ends well', async () => {
  assert.deepEqual(await run('--port', 'sql', 'shop/web', 'shop/db'), {
    code: 0,
    stdout: `shop/web -> shop/db, TCP 5432
allowed: TCP 5432

GATE             EFFECT  TRAFFIC   BY
network egress   allow   all       no policy selects it
network ingress  allow   TCP 5432  NetworkPolicy shop/db spec.ingress[0]
`,
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
        'there is no pod or workload "shop/wep", and it is no address (the manifests given). There are shop/web, shop/db',
  )
})
