import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { asString, isObject, type JsonObject } from '../../../src/model/json.ts'
import { parseMicros } from '../../../src/model/time.ts'
import { at } from '../client.ts'
import { expectNoSecrets } from './secrets.ts'

const path = join(import.meta.dirname, '../../../recordings/shop.jsonl.zst')

describe('the recording that ships with the repository', () => {
  let header: JsonObject
  let lines: readonly JsonObject[]
  let audit: readonly JsonObject[]

  before(async () => {
    const text = (await promisify(zstdDecompress)(await readFile(path))).toString()
    const [first, ...rest] = text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    assert.ok(isObject(first))
    header = first
    lines = rest.filter(isObject)
    audit = lines.flatMap((line) => (line.s === 'audit' && isObject(line.d) ? [line.d] : []))
  })

  test('is at most 5 MB', async () => {
    assert.ok((await stat(path)).size <= 5_000_000)
  })

  test('says what it is, from when to when, and how many records it has', () => {
    const { bulwark, version, cluster, records } = header
    const expected = { bulwark: 'recording', version: 1, cluster: 'shop', records: lines.length }
    assert.deepEqual({ bulwark, version, cluster, records }, expected)
    const minutes = (micros(header.to) - micros(header.from)) / 60e6
    assert.ok(minutes >= 29 && minutes <= 31)
  })

  test('is in order of time, inside its bounds', () => {
    const times = [header.from, ...lines.map((line) => line.t), header.to].map(micros)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
  })

  test('holds no token, no private key and no body of what may be secret', async () => {
    await expectNoSecrets(path)
    const mayBeSecret = ['secrets', 'configmaps', 'tokenreviews']
    const bodies = audit.filter((event) => {
      const resource = asString(at(event, 'objectRef', 'resource')) ?? ''
      const isToken = at(event, 'objectRef', 'subresource') === 'token'
      return (mayBeSecret.includes(resource) || isToken) && (event.requestObject ?? event.responseObject) !== undefined
    })
    assert.deepEqual(bodies, [])
    const secrets = lines.filter((line) => at(line, 'd', 'ref', 'resource') === 'secrets')
    const values = secrets.flatMap((line) => Object.values(Object(at(line, 'd', 'body', 'data'))))
    assert.ok(secrets.length > 0)
    assert.deepEqual([...new Set(values)], ['[removed]'])
  })

  test('begins with every object that there was', () => {
    const listed = lines.filter((line) => at(line, 'd', 'change') === 'listed')
    const namespaces = listed.filter((line) => at(line, 'd', 'ref', 'resource') === 'namespaces')
    assert.deepEqual(namespaces.map((line) => at(line, 'd', 'ref', 'name')).sort(), [
      'ci',
      'default',
      'dev',
      'kube-node-lease',
      'kube-public',
      'kube-system',
      'monitoring',
      'payments',
      'shop',
    ])
  })

  const steps: readonly (readonly [string, (event: JsonObject) => boolean, number])[] = [
    ['anonymous probing', (event) => user(event) === 'system:anonymous' && code(event) === 403, 22],
    ['a token used by another program', (event) => isThief(event) && user(event) === deployer, 180],
    ['refused GETs on Secrets', (event) => isThief(event) && on(event, 'get', 'secrets') && code(event) === 403, 150],
    ['exec into pods', (event) => isThief(event) && at(event, 'objectRef', 'subresource') === 'exec', 8],
    ['a privileged pod', (event) => isThief(event) && on(event, 'create', 'pods') && code(event) === 201, 1],
    ['a new cluster-admin binding', (event) => on(event, 'create', 'clusterrolebindings') && code(event) === 201, 1],
    ['Secrets read', (event) => isThief(event) && on(event, 'get', 'secrets') && code(event) === 200, 2],
    ['deletion of events', (event) => isThief(event) && on(event, 'deletecollection', 'events'), 3],
    ['a token that is worth nothing any more', (event) => isThief(event) && code(event) === 401, 3],
  ]
  for (const [name, matches, count] of steps) {
    test(`shows the attack: ${name}`, () => assert.ok(audit.filter(matches).length >= count))
  }
})

const deployer = 'system:serviceaccount:ci:deployer'

function isThief(event: JsonObject): boolean {
  return at(event, 'sourceIPs', 0) === '198.51.100.23'
}

function on(event: JsonObject, verb: string, resource: string): boolean {
  return event.verb === verb && at(event, 'objectRef', 'resource') === resource
}

function user(event: JsonObject): unknown {
  return at(event, 'user', 'username')
}

function code(event: JsonObject): unknown {
  return at(event, 'responseStatus', 'code')
}

function micros(text: unknown): number {
  return parseMicros(asString(text) ?? '') ?? Number.NaN
}
