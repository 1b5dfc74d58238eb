import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { readSuppressionObjects } from '../../src/detect/suppressions/index.ts'
import { isObject } from '../../src/model/json.ts'
import { findStack } from './build.ts'
import { textAt } from './client.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { until } from './until.ts'

const stack = await findStack()
const manifest = join(import.meta.dirname, '../../deploy/crds/suppressions.yaml')
const path = '/apis/bulwark.dev/v1alpha1/suppressions'
const good = {
  rules: ['anonymous-probe'],
  query: 'ip:10.1.2.3',
  owner: 'carol',
  reason: 'the load balancer looks whether it is well',
  expires: '2027-01-31T00:00:00Z',
}
const suppression = (name: string, spec: object) => ({
  apiVersion: 'bulwark.dev/v1alpha1',
  kind: 'Suppression',
  metadata: { name },
  spec,
})

describe('the definition of suppressions', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let cluster: Cluster

  before(async () => {
    cluster = await startCluster(stack)
    const definition: unknown = parse(await readFile(manifest, 'utf8'))
    const made = await cluster.admin.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    await until('suppressions to be served', async () => (await cluster.admin.get(path)).status === 200)
  })
  after(() => cluster?.[Symbol.asyncDispose]())

  test('takes a whole one, which is read as it was written', async () => {
    const made = await cluster.admin.post(path, suppression('probes', good))
    assert.equal(made.status, 201, JSON.stringify(made.body))
    assert.ok(isObject(made.body))
    const { suppressions, problems } = readSuppressionObjects([made.body], Date.UTC(2026, 10, 26) * 1000)
    assert.deepEqual(problems, [])
    const [{ name, rules, query, owner, reason, expires } = { name: '' }] = suppressions
    assert.deepEqual({ name, rules, query, owner, reason, expires }, { name: 'probes', ...good })
  })

  const { expires: _, ...endless } = good
  const { owner: __, ...nobody } = good
  for (const [what, spec, message] of [
    ['one that never expires', endless, /spec\.expires: Required value/],
    ['one without an owner', nobody, /spec\.owner: Required value/],
    ['one with an empty reason', { ...good, reason: ' ' }, /spec\.reason in body should match/],
    ['an expiry that is no moment', { ...good, expires: 'soon' }, /spec\.expires in body must be of type date-time/],
    ['one that means everything', { ...good, rules: [], query: ' ' }, /one with neither would hide everything/],
    ['rules that are no list', { ...good, rules: 'x' }, /spec\.rules in body must be of type array/],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const refused = await cluster.admin.post(path, suppression('bad', spec))
      assert.equal(refused.status, 422)
      assert.match(textAt(refused.body, 'message'), message)
    })
  }
})
