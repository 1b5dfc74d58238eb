import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { exists, findStack } from './build.ts'
import { startCluster } from './cluster.ts'
import { type Owner, processesIn, startOwner } from './owner.ts'
import { until } from './until.ts'

const stack = await findStack()

describe('a test cluster leaves nothing behind', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  test('when it is disposed of', async () => {
    const cluster = await startCluster(stack)
    const { folder } = cluster
    assert.notDeepEqual(await processesIn(folder), [])
    await cluster[Symbol.asyncDispose]()
    assert.deepEqual(await processesIn(folder), [])
    assert.equal(await exists(folder), false)
  })

  const script = `
    import { findStack } from './build.ts'
    import { startCluster } from './cluster.ts'
    const cluster = await startCluster(await findStack())
    console.log(cluster.folder)
    process.stdin.once('data', () => { throw new Error('as an uncaught error') })
  `
  const ends = {
    'when its owner is killed (SIGKILL)': (child) => child.kill('SIGKILL'),
    'when its owner is interrupted (SIGINT)': (child) => child.kill('SIGINT'),
    'when its owner throws an error that nobody catches': (child) => child.stdin.write('now\n'),
  } satisfies Record<string, (child: Owner) => void>

  for (const [name, end] of Object.entries(ends)) {
    test(name, async () => {
      const { owner, line: folder } = await startOwner(script)
      assert.notDeepEqual(await processesIn(folder), [])
      end(owner)
      await until('the processes to be gone', async () => (await processesIn(folder)).length === 0)
      await until('the folder to be gone', async () => !(await exists(folder)))
    })
  }
})
