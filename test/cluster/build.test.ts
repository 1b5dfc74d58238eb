import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { exists, findStack, lock } from './build.ts'

describe('the programs of the test cluster', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bulwark-build-'))
  after(() => rm(folder, { recursive: true }))
  const silent = () => {}

  test('come from KUBEBUILDER_ASSETS where that is set', async () => {
    const names = ['etcd', 'kube-apiserver', 'kubectl'] as const
    for (const name of names) await symlink('/bin/true', join(folder, name))
    const stack = await findStack(silent, { KUBEBUILDER_ASSETS: folder })
    const programs = new Map(names.map((name) => [name, join(folder, name)]))
    assert.deepEqual(stack, { kind: 'available', programs })
  })

  test('are unavailable, and it says which are missing, where KUBEBUILDER_ASSETS has not all that is needed', async () => {
    const stack = await findStack(silent, { KUBEBUILDER_ASSETS: '/nowhere' })
    const reason = '/nowhere has no etcd, kube-apiserver, kubectl'
    assert.deepEqual(stack, { kind: 'unavailable', reason })
  })

  test('are unavailable, and it says why, where there is no Go', async () => {
    const stack = await findStack(silent, { XDG_CACHE_HOME: folder, PATH: '/nowhere' })
    const reason = 'Kubernetes v1.37.2 is built with Go, and go cannot be started (not found)'
    assert.deepEqual(stack, { kind: 'unavailable', reason })
  })

  test('are not built by two at once: the second waits and says for whom', async () => {
    const path = join(folder, 'a.lock')
    const first = await lock(path, silent)
    const said: string[] = []
    const second = lock(path, (line) => {
      said.push(line)
      void first[Symbol.asyncDispose]()
    })
    await using _ = await second
    assert.deepEqual(said, [`waiting for process ${process.pid}, which is making ${join(folder, 'a')}`])
  })

  test('are built although a builder has died', async () => {
    const path = join(folder, 'b.lock')
    const dead = spawn('/bin/true')
    await once(dead, 'exit')
    await writeFile(path, String(dead.pid))
    const held = await lock(path, silent)
    await held[Symbol.asyncDispose]()
    assert.equal(await exists(path), false)
  })
})
