import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runningServersDir } from './places.ts'
import { announceServer, runningServers } from './running-server.ts'

test('a server is found while it runs, and only by its user', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'bulwark-servers-'))
  t.after(() => rmSync(home, { recursive: true }))
  const env = { XDG_STATE_HOME: home }
  const server = { url: 'http://127.0.0.1:1', token: 't', pid: process.pid, startedAt: '2026-01-02', watches: 'shop' }
  const withdraw = announceServer(server, env)
  assert.deepEqual(runningServers(env), [server])
  assert.equal(statSync(join(runningServersDir(env), `${process.pid}.json`)).mode & 0o777, 0o600)
  withdraw()
  assert.deepEqual(runningServers(env), [])
})

test('word of a server that was killed is cleared away', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'bulwark-servers-'))
  t.after(() => rmSync(home, { recursive: true }))
  const env = { XDG_STATE_HOME: home }
  // No process has this pid: it is above the largest that Linux gives.
  announceServer({ url: 'u', token: 't', pid: 2 ** 30, startedAt: '2026-01-01', watches: 'shop' }, env)
  assert.deepEqual(runningServers(env), [])
  assert.deepEqual(readdirSync(runningServersDir(env)), [])
})
