import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayBeReal, pathOf } from '../asker.ts'
import { knownRules } from '../catalog.ts'
import { samplePlace } from '../plan.ts'
import { acts, notActed } from './index.ts'

const known = knownRules()
const place = samplePlace('bulwark-selftest-0a1b2c')
const asks = acts.flatMap((act) => act.asks(place).map((ask) => ({ act, ask })))

test('every rule of ours over requests or Events is acted out, or there is a reason why not', () => {
  const acted = new Set(acts.flatMap(({ rules }) => rules))
  assert.deepEqual(
    [...known.values()]
      .filter(({ isBaseline, alerts, looksAt }) => !isBaseline && alerts && looksAt !== 'sensors')
      .map(({ name }) => name)
      .filter((name) => acted.has(name) === notActed.has(name)),
    [],
    'a new rule needs an act in src/cli/selftest/acts, or a line in notActed',
  )
})

test('acts and reasons are of rules that are there', () => {
  const names = [...acts.flatMap(({ rules }) => rules), ...notActed.keys()]
  assert.deepEqual(
    names.filter((name) => !known.has(name)),
    [],
  )
})

test('ids are given once, and can stand in a user agent', () => {
  const ids = acts.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const id of ids) assert.match(id, /^[a-z0-9-]{1,64}$/)
})

test('what an act needs before it comes before it', () => {
  for (const [number, { id, after = [] }] of acts.entries())
    for (const before of after) assert.ok(acts.findIndex((act) => act.id === before) < number, id)
})

test('nothing outside of the own namespaces is changed: all other writes are dry runs', () => {
  const outside: string[] = []
  for (const { act, ask } of asks) {
    if (ask.method === 'GET') continue
    const isDry = new URL(pathOf(ask), 'https://x').searchParams.getAll('dryRun').join() === 'All'
    assert.ok(isDry !== (ask.isReal === true), `${act.id}: ${pathOf(ask)}`)
    if (ask.isReal === true) assert.ok(mayBeReal(ask, place.own), `${act.id}: ${ask.path}`)
    if (!ask.path.includes(`/namespaces/${place.own}`)) outside.push(act.id)
  }
  assert.ok(outside.includes('kube-system') && outside.includes('webhook'))
})

test('no act deletes for real, and what is deleted beyond the own namespaces is selected by a label that nothing has', () => {
  for (const { act, ask } of asks.filter(({ ask: { method } }) => method === 'DELETE')) {
    assert.equal(ask.isReal, undefined, act.id)
    if (!ask.path.includes(`/namespaces/${place.own}`))
      assert.match(ask.path, /labelSelector=bulwark\.dev%2Fselftest%3Dnothing$/, act.id)
  }
})

test('what may be real is in the own namespaces, and nowhere near them', () => {
  const own = 'bulwark-selftest-0a1b2c'
  for (const [method, path, may] of [
    ['POST', `/api/v1/namespaces/${own}/pods`, true],
    ['POST', `/apis/apps/v1/namespaces/${own}-open/deployments`, true],
    ['PATCH', `/api/v1/namespaces/${own}`, true],
    ['POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', true],
    ['POST', '/api/v1/namespaces/kube-system/configmaps', false],
    ['POST', `/api/v1/namespaces/${own}-other/pods`, false],
    ['PATCH', '/api/v1/namespaces/default', false],
    ['POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', false],
    ['DELETE', '/api/v1/nodes/a', false],
    ['PATCH', `/api/v1/nodes/a?x=/namespaces/${own}/`, false],
  ] as const)
    assert.equal(mayBeReal({ method, path }, own), may, `${method} ${path}`)
})
