import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { basename, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { exists, findStack } from './build.ts'
import { at } from './client.ts'
import { findNodeSupport, type NodeCluster, startNodeCluster } from './node.ts'
import { processesIn, startOwner } from './owner.ts'
import { until } from './until.ts'

const stack = await findStack()
const support = await findNodeSupport((line) => process.stderr.write(`${line}\n`))
const reason = [stack, support].find((each) => each.kind === 'unavailable')?.reason

describe('a real node', { skip: reason ?? false }, () => {
  let real: NodeCluster
  const kubectl = async (...args: readonly string[]) => {
    const { cluster } = real
    const all = [`--kubeconfig=${cluster.adminKubeconfig}`, ...args]
    return (await promisify(execFile)(cluster.program('kubectl'), all, { env: { HOME: cluster.folder } })).stdout
  }

  before(async () => {
    real = await startNodeCluster(stack, support)
    const command = ['/bin/sh', '-c', 'echo started; sleep 1000000']
    await real.cluster.admin.post('/api/v1/namespaces/default/pods', {
      metadata: { name: 'web' },
      spec: {
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [{ name: 'c', image: real.image, imagePullPolicy: 'Never', command }],
      },
    })
    await until('the pod to run', async () => {
      const pod = await real.cluster.admin.get('/api/v1/namespaces/default/pods/web')
      return at(pod.body, 'status', 'phase') === 'Running'
    })
  })
  after(() => real?.[Symbol.asyncDispose]())

  test('runs a pod whose logs can be read', async () => {
    assert.equal(await kubectl('logs', 'web'), 'started\n')
  })

  test('enters a pod by exec and finds the root of its image, not the machine’s', async () => {
    assert.equal(await kubectl('exec', 'web', '--', 'cat', '/this-is-the-image'), `${real.image}\n`)
    const root = (await kubectl('exec', 'web', '--', 'ls', '/')).trim().split('\n')
    assert.deepEqual(root, ['bin', 'dev', 'etc', 'proc', 'sys', 'this-is-the-image', 'tmp', 'var'])
  })

  test('leaves no process, no cgroup and no folder behind when its owner is killed', async () => {
    const { owner, line: folder } = await startOwner(`
      import { exists, findStack } from './build.ts'
      import { findNodeSupport, startNodeCluster } from './node.ts'
      const real = await startNodeCluster(await findStack(), await findNodeSupport())
      console.log(real.folder)
    `)
    const cgroup = join('/sys/fs/cgroup/memory', basename(folder))
    assert.equal(await exists(cgroup), true)
    owner.kill('SIGKILL')
    await until('the processes to be gone', async () => (await processesIn(folder)).length === 0)
    await until('the cgroups to be gone', async () => !(await exists(cgroup)))
    await until('the folder to be gone', async () => !(await exists(folder)))
  })
})
