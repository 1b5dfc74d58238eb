import { isObject, type JsonValue } from '../../model/json.ts'
import { withApiDefaults } from './api-defaults.ts'
import type { CheckId } from './check.ts'
import { defaultCapabilities } from './checks/capabilities-baseline.ts'
import { isBadProfile } from './checks/seccomp-profile-baseline.ts'
import { type Violation, violationsOf } from './evaluate.ts'
import type { Container, Pod } from './pod.ts'
import { readPod } from './read-pod.ts'
import { containerPathOf, PatchDraft, type Remedy } from './remedy-draft.ts'
import type { LevelVersion } from './version.ts'

/**
 * The remedy that brings a pod to a level at a version. Null values in the patch remove a field; lists without a merge
 * key (capabilities, sysctls) are replaced whole, as kubectl's strategic merge does.
 */
export const remedyFor = (
  policy: LevelVersion,
  pod: { readonly metadata?: unknown; readonly spec?: unknown },
): Remedy => {
  const view = withApiDefaults(readPod(pod.metadata, pod.spec).pod, 'template')
  const draft = new PatchDraft(view)
  for (const violation of violationsOf(policy, view))
    remedies[violation.check](draft, { pod: view, raw: pod.spec, violation })
  return draft.finish()
}

interface Patient {
  readonly pod: Pod
  readonly raw: unknown
  readonly violation: Violation
}

type Mend = (draft: PatchDraft, patient: Patient) => void

/** Sets exactly what the violation points at. */
const setAtPaths =
  (value: JsonValue): Mend =>
  (draft, { violation }) => {
    for (const path of violation.paths) draft.set(violation.check, path, value)
  }

const otherVolume: Mend = (draft, { violation }) => {
  draft.giveUp(violation.check, 'the volume has to be replaced by one of another type', violation.paths)
}

const runtimeDefault = { type: 'RuntimeDefault', localhostProfile: null }

const mendCapabilities =
  (keep: (capability: string) => boolean, drop: readonly string[] | undefined): Mend =>
  (draft, { pod, violation }) => {
    for (const container of containersAt(pod, violation)) {
      const base = `${container.path}.securityContext.capabilities`
      const added = container.securityContext?.capabilities?.add ?? []
      if (drop !== undefined) draft.set(violation.check, `${base}.drop`, drop)
      if (!added.every(keep)) draft.set(violation.check, `${base}.add`, added.filter(keep))
    }
  }

const containersAt = (pod: Pod, violation: Violation): readonly Container[] => {
  const paths = new Set(violation.paths.map(containerPathOf))
  return pod.containers.filter((container) => paths.has(container.path))
}

const mendSeccomp =
  (everyContainer: boolean): Mend =>
  (draft, { pod, violation }) => {
    const annotations = violation.paths.filter((path) => path.startsWith('metadata'))
    for (const path of annotations) draft.set(violation.check, path, 'runtime/default')
    if (annotations.length > 0) return
    const onPod = pod.securityContext?.seccompProfile
    if (isBadProfile(onPod) || (everyContainer && onPod === undefined)) {
      draft.set(violation.check, 'spec.securityContext.seccompProfile', runtimeDefault)
    }
    for (const container of pod.containers) {
      if (!isBadProfile(container.securityContext?.seccompProfile)) continue
      draft.set(violation.check, `${container.path}.securityContext.seccompProfile`, runtimeDefault)
    }
  }

const mendRunAsNonRoot: Mend = (draft, { pod, violation }) => {
  draft.set(violation.check, 'spec.securityContext.runAsNonRoot', true)
  for (const container of pod.containers) {
    if (container.securityContext?.runAsNonRoot !== false) continue
    draft.set(violation.check, `${container.path}.securityContext.runAsNonRoot`, true)
  }
}

const mendAppArmor: Mend = (draft, { violation }) => {
  for (const path of violation.paths) {
    if (path.startsWith('metadata')) draft.set(violation.check, path, null)
    else draft.set(violation.check, path.slice(0, -'.type'.length), runtimeDefault)
  }
}

const mendSysctls: Mend = (draft, { raw, violation }) => {
  const context = isObject(raw) && isObject(raw.securityContext) ? raw.securityContext : {}
  const all: readonly JsonValue[] = Array.isArray(context.sysctls) ? context.sysctls : []
  const bad = new Set(violation.paths)
  const kept = all.filter((_, index) => !bad.has(`spec.securityContext.sysctls[${index}].name`))
  draft.set(violation.check, 'spec.securityContext.sysctls', kept)
}

const mendHostPorts: Mend = (draft, { pod, violation }) => {
  for (const container of containersAt(pod, violation)) {
    const bad = container.ports.filter((port) => port.hostPort !== 0)
    if (new Set(container.ports.map((port) => port.containerPort)).size < container.ports.length) {
      const paths = bad.map((port) => `${port.path}.hostPort`)
      draft.giveUp(violation.check, 'two ports have one number, which a patch cannot tell apart', paths)
    } else {
      const ports = bad.map((port) => ({ containerPort: port.containerPort, hostPort: null }))
      draft.set(violation.check, `${container.path}.ports`, ports)
    }
  }
}

const remedies: Readonly<Record<CheckId, Mend>> = {
  allowPrivilegeEscalation: setAtPaths(false),
  appArmorProfile: mendAppArmor,
  capabilities_baseline: mendCapabilities((capability) => defaultCapabilities.has(capability), undefined),
  capabilities_restricted: mendCapabilities((capability) => capability === 'NET_BIND_SERVICE', ['ALL']),
  hostNamespaces: setAtPaths(false),
  hostPathVolumes: otherVolume,
  hostPorts: mendHostPorts,
  hostProbesAndHostLifecycle: setAtPaths(null),
  privileged: setAtPaths(false),
  procMount: setAtPaths(null),
  procMount_restricted: setAtPaths(null),
  restrictedVolumes: otherVolume,
  runAsNonRoot: mendRunAsNonRoot,
  runAsUser: setAtPaths(null),
  seLinuxOptions: setAtPaths(null),
  seccompProfile_baseline: mendSeccomp(false),
  seccompProfile_restricted: mendSeccomp(true),
  sysctls: mendSysctls,
  windowsHostProcess: setAtPaths(false),
}
