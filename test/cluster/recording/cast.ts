import type { Kind } from '../../../src/sources/cluster/kind.ts'
import { at, textAt } from '../client.ts'
import type { Cluster } from '../cluster.ts'
import { type Appearance, makeActor, tokenOf } from './actors.ts'
import type { Cast } from './stage.ts'

/** Everybody with their credentials: people by client certificate, programs and the attacker by token. */
export async function makeCast(cluster: Cluster, resources: readonly Kind[]): Promise<Cast> {
  const { admin } = cluster
  const person = (name: string, team: string, userAgent: string, address: string) =>
    makeActor(cluster, resources, { user: `${name}@shop.example`, groups: [team] }, { userAgent, address })
  const program = async (namespace: string, name: string, appearance: Appearance) =>
    makeActor(cluster, resources, await tokenOf(admin, namespace, name), appearance)
  const system = (name: string, userAgent: string, address: string) =>
    program('kube-system', name, { userAgent, address })
  const monitoring = (name: string, userAgent: string, address: string) =>
    program('monitoring', name, { userAgent, address })

  // the token that is stolen: the audit log names the pod that it was made for, whoever uses it
  const stolen = await tokenOf(admin, 'ci', 'deployer', 'runner-0')
  const runner = await admin.get('/api/v1/namespaces/ci/pods/runner-0')
  const home = { userAgent: 'helm/v4.0.1', address: textAt(runner.body, 'status', 'podIP') }
  const abroad = { userAgent: 'python-requests/2.32.3', address: '198.51.100.23' }
  const nobody = { userAgent: 'zgrab/0.x', address: '198.51.100.66' }
  const addonManagers = await admin.get('/api/v1/namespaces/kube-system/pods?labelSelector=app%3Daddon-manager')
  const onNode = await tokenOf(
    admin,
    'kube-system',
    'addon-manager',
    String(at(addonManagers.body, 'items', 0, 'metadata', 'name')),
  )

  const onLinux = 'kubectl/v1.37.2 (linux/amd64) kubernetes/8d2f1c4'
  const onMac = 'kubectl/v1.36.3 (darwin/arm64) kubernetes/1b0c7a9'
  const onWindows = 'kubectl/v1.34.1 (windows/amd64) kubernetes/93248f9'
  return {
    alice: await person('alice', 'platform', onLinux, '10.20.4.17'),
    bob: await person('bob', 'storefront', onMac, '10.20.4.23'),
    carol: await person('carol', 'platform', 'k9s/v0.50.9 (linux/amd64)', '10.20.7.5'),
    dave: await person('dave', 'storefront', onWindows, '10.20.9.88'),
    erin: await person('erin', 'payments', 'Lens/2026.9.0 (darwin/arm64)', '10.20.4.31'),
    deployer: await makeActor(cluster, resources, stolen, home),
    web: await program('shop', 'web', { userAgent: 'web/2026.11 (linux/amd64)', address: '10.244.1.21' }),
    paymentsApi: await program('payments', 'api', { userAgent: 'payments-api/1.18', address: '10.244.4.12' }),
    prometheus: await monitoring('prometheus', 'Prometheus/3.5.0', '10.244.3.4'),
    kubeStateMetrics: await monitoring('kube-state-metrics', 'kube-state-metrics/v2.17.0', '10.244.3.6'),
    coredns: await system('coredns', 'CoreDNS/1.12.4 linux/amd64', '10.244.1.2'),
    certOperator: await system('cert-operator', 'cert-operator/v1.4.0 (linux/amd64)', '10.244.5.3'),
    backupOperator: await system('backup-operator', 'backup-operator/v1.4.0 (linux/amd64)', '10.244.5.8'),
    stranger: await makeActor(cluster, resources, { kind: 'anonymous' }, nobody),
    thief: await makeActor(cluster, resources, stolen, abroad),
    thiefAsAddonManager: await makeActor(cluster, resources, onNode, { ...abroad, userAgent: 'curl/8.5.0' }),
  }
}
