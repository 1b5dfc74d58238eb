import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shortUser } from './short-user.ts'

test('service accounts and nodes are short, everyone else stays whole', () => {
  assert.deepEqual(shortUser('system:serviceaccount:shop:web'), { kind: 'sa', name: 'shop/web' })
  assert.deepEqual(shortUser('system:node:node-1'), { kind: 'node', name: 'node-1' })
  assert.deepEqual(shortUser('system:anonymous'), { kind: '', name: 'system:anonymous' })
  assert.deepEqual(shortUser('system:serviceaccount:a:b:c'), { kind: '', name: 'system:serviceaccount:a:b:c' })
})
