import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model/json.ts'
import type { AuditRecord, AuditTarget } from '../../model/record.ts'
import { grantsOf } from './grants.ts'

const record = (verb: string, target: Partial<AuditTarget>, event: JsonObject, code = 201): AuditRecord => ({
  kind: 'audit',
  time: 1,
  receivedAt: 1,
  cluster: 'shop',
  source: 'audit',
  auditId: 'a',
  stage: 'ResponseComplete',
  level: 'RequestResponse',
  verb,
  user: 'alice',
  groups: [],
  impersonatedUser: '',
  sourceIps: [],
  userAgent: '',
  requestUri: '',
  target: { group: '', version: 'v1', resource: '', subresource: '', namespace: '', name: '', ...target },
  code,
  decision: 'allow',
  reason: '',
  event,
})
const subjects = [
  { kind: 'ServiceAccount', namespace: 'ci', name: 'deployer' },
  { kind: 'ServiceAccount', name: 'here' },
  { kind: 'User', name: 'mallory' },
  { kind: 'Group', name: 'devs' },
  { kind: 'User', name: 7 },
  'junk',
]

test('names the users and service accounts of a binding', () => {
  const binding = { resource: 'rolebindings', namespace: 'shop', name: 'x' }
  assert.deepEqual(grantsOf(record('create', binding, { requestObject: { subjects } })), [
    'system:serviceaccount:ci:deployer',
    'system:serviceaccount:shop:here',
    'mallory',
  ])
  const clusterWide = { resource: 'clusterrolebindings', name: 'x' }
  assert.deepEqual(grantsOf(record('patch', clusterWide, { requestObject: [], responseObject: { subjects } })), [
    'system:serviceaccount:ci:deployer',
    'mallory',
  ])
})

test('names the service account whose token is asked for', () => {
  const token = { resource: 'serviceaccounts', subresource: 'token', namespace: 'ci', name: 'deployer' }
  assert.deepEqual(grantsOf(record('create', token, {})), ['system:serviceaccount:ci:deployer'])
})

test('names the service account of a pod, of a template, and of a CronJob', () => {
  const pod = { containers: [], serviceAccountName: 'runner' }
  const expected = ['system:serviceaccount:ci:runner']
  const made = (resource: string, spec: JsonObject) =>
    grantsOf(record('create', { resource, namespace: 'ci', name: 'x' }, { responseObject: { spec } }))
  assert.deepEqual(made('pods', pod), expected)
  assert.deepEqual(made('deployments', { template: { spec: pod } }), expected)
  assert.deepEqual(made('cronjobs', { jobTemplate: { spec: { template: { spec: pod } } } }), expected)
  assert.deepEqual(made('things', { serviceAccountName: 'runner' }), [])
})

test('gives nothing for a refused request, a read, or a body that is not there', () => {
  const binding = { resource: 'clusterrolebindings', name: 'x' }
  assert.deepEqual(grantsOf(record('create', binding, { requestObject: { subjects } }, 403)), [])
  assert.deepEqual(grantsOf(record('get', binding, { responseObject: { subjects } }, 200)), [])
  assert.deepEqual(grantsOf(record('create', binding, {})), [])
})

test('names at most 32 subjects of a hostile binding', () => {
  const many = Array.from({ length: 100_000 }, (_, n) => ({ kind: 'User', name: `u${n}` }))
  const binding = { resource: 'clusterrolebindings', name: 'x' }
  assert.equal(grantsOf(record('create', binding, { requestObject: { subjects: many } })).length, 32)
})
