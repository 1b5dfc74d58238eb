import type { Pod } from './pod.ts'

/** Who and what the API server's configuration exempts from all modes. Compared exactly, without patterns. */
export interface Exemptions {
  readonly namespaces: readonly string[]
  readonly usernames: readonly string[]
  readonly runtimeClasses: readonly string[]
}

/** What exempts a request, in upstream's words for the audit annotation; undefined when nothing does. */
export const exemptionOf = (
  exemptions: Exemptions,
  request: { readonly namespace: string; readonly username: string; readonly pod: Pod },
): 'namespace' | 'user' | 'runtimeClass' | undefined => {
  if (request.namespace !== '' && exemptions.namespaces.includes(request.namespace)) return 'namespace'
  if (request.username !== '' && exemptions.usernames.includes(request.username)) return 'user'
  const { runtimeClassName } = request.pod
  return runtimeClassName !== '' && exemptions.runtimeClasses.includes(runtimeClassName) ? 'runtimeClass' : undefined
}

/**
 * True when an update of a pod is evaluated again: a container or init container more or less, another image, a new
 * ephemeral container. Other updates of a running pod pass unseen.
 * Upstream: k8s.io/pod-security-admission/admission isSignificantPodUpdate.
 */
export const isSignificantUpdate = (pod: Pod, oldPod: Pod): boolean => {
  for (const list of ['containers', 'initContainers'] as const) {
    const [now, before] = [pod, oldPod].map((one) => one.containers.filter((container) => container.list === list))
    if (now?.length !== before?.length) return true
    if (now?.some((container, index) => container.image !== before?.[index]?.image)) return true
  }
  const ephemeral = (one: Pod) => one.containers.filter((container) => container.list === 'ephemeralContainers')
  const before = ephemeral(oldPod)
  return ephemeral(pod).some(
    (container) => before.find((one) => one.name === container.name)?.image !== container.image,
  )
}
