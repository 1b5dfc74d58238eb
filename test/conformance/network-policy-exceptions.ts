import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const ovn = [
  ...['cudn_test_1', 'cudn_test_6', 'udn_and_vms_test_1', 'udn_and_vms_test_2', 'udn_and_vms_test_3'],
  ...['udn_and_vms_test_5', 'udn_test_1', 'udn_test_2', 'udn_with_ingress_controller'],
  ...['udn_with_ingress_controller_two_pods', 'udn_with_vm_and_ingress_controller', 'nad_test_12', 'nad_test_13'],
]
const multus = ['nad_test_16', 'nad_test_17', 'nad_test_4', 'nad_test_5', 'nad_test_8']

/** Cases of netpol-analyzer about networks beside the cluster's own one, and those of other suites in the file beside this one. */
export const networkPolicyExceptions = (): readonly {
  readonly suite: string
  readonly case: string
  readonly reason: string
}[] => [
  ...rows(
    ovn,
    "UserDefinedNetwork keeps networks apart inside of OVN-Kubernetes: not read, only the cluster's own network is",
  ),
  ...rows(
    multus,
    'MultiNetworkPolicy governs additional interfaces of pods: not read, only those of the pod network are',
  ),
  ...listed(),
]

const rows = (names: readonly string[], reason: string, suite = 'npguard-netpol-analyzer') =>
  names.map((name) => ({ suite, case: name, reason }))

const listed = () => {
  const text = readFileSync(join(import.meta.dirname, 'network-policy-exceptions.json'), 'utf8')
  const bySuite: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = JSON.parse(text)
  return Object.entries(bySuite).flatMap(([suite, reasons]) =>
    Object.entries(reasons).flatMap(([reason, names]) => rows(names, reason, suite)),
  )
}
