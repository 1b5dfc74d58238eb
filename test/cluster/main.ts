// npm run cluster: starts a real control plane with fake nodes for a person to play with, until Ctrl-C.
// node test/cluster/main.ts [--nodes N] [--audit-webhook URL]
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findStack } from './build.ts'
import { startCluster } from './cluster.ts'

const { values } = parseArgs({
  options: { nodes: { type: 'string', default: '5' }, 'audit-webhook': { type: 'string' } },
})
const nodes = Number(values.nodes)
if (!Number.isInteger(nodes) || nodes < 1 || nodes > 500) {
  console.error(`--nodes ${values.nodes}: give a whole number from 1 to 500`)
  process.exit(2)
}
const webhook = values['audit-webhook']
if (webhook !== undefined && !URL.canParse(webhook)) {
  console.error(`--audit-webhook ${webhook}: give a URL, such as http://127.0.0.1:8080/audit`)
  process.exit(2)
}

const stack = await findStack()
if (stack.kind === 'unavailable') {
  console.error(stack.reason)
  process.exit(1)
}
console.log('starting etcd, kube-apiserver, kube-controller-manager and kube-scheduler …')
const cluster = await startCluster(stack, {
  controllers: true,
  auditLogPath: 'audit.log',
  ...(webhook !== undefined && { auditWebhook: { url: webhook } }),
})
await cluster.kwok({ nodes })
const auditLog = join(cluster.folder, 'audit.log')
console.log(`
A cluster is running at ${cluster.server} with ${nodes} fake nodes: pods on them count as running, but nothing runs.

  kubeconfig   ${cluster.adminKubeconfig}
  kubectl      ${cluster.program('kubectl')}
  audit log    ${auditLog}${webhook === undefined ? '' : `\n  audit events are also posted to ${webhook}`}
  logs         ${cluster.folder}/*.log

In another terminal:

  export KUBECONFIG=${cluster.adminKubeconfig}
  npm start
  ${cluster.program('kubectl')} create deployment web --image=registry.example/web:1 --replicas=3

Ctrl-C ends the cluster and removes everything of it.`)
// only from here on: before, Ctrl-C ends this process at once, and what it started with it
const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
const alive = setInterval(() => {}, 1 << 30)
await interrupted
clearInterval(alive)
console.log('\nending the cluster …')
await cluster[Symbol.asyncDispose]()
