import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantCommands } from './grant.ts'

const kind = { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments', namespaced: true, verbs: [] }
const role = 'kubectl create clusterrole bulwark-deployments.apps --verb=get,list,watch --resource=deployments.apps'
const binding = 'kubectl create clusterrolebinding bulwark-deployments.apps --clusterrole=bulwark-deployments.apps'

const cases: readonly [message: string, subject: string][] = [
  ['deployments.apps is forbidden: User "alice" cannot list', '--user=alice'],
  ['User "system:serviceaccount:shop:robot" cannot list', '--serviceaccount=shop:robot'],
  ['User "o\'brien; reboot" cannot list', "--user='o'\\''brien; reboot'"],
  ['no', '--user=NAME'],
]
for (const [message, subject] of cases) {
  test(`binds the role with ${subject}`, () => {
    assert.equal(grantCommands(kind, message), `Let Bulwark read it: ${role} && ${binding} ${subject}`)
  })
}
