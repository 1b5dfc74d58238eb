import type { Missing } from '../../model/source.ts'
import { watchable } from './discovery.ts'
import { type Kind, kindName } from './kind.ts'
import { holdsSecrets } from './secrets.ts'

/** What may be read of Secrets: nothing, or metadata and key names. Values are never read. */
export type SecretsMode = 'none' | 'metadata'

/** Which of the discovered kinds are watched, in the order of their first lists, and why the others are not. */
export interface Plan {
  readonly watched: readonly Kind[]
  readonly left: readonly { readonly kind: Kind; readonly why: string }[]
  /** What is left out by a setting, with the way to change it. */
  readonly missing: readonly Missing[]
}

/**
 * Left out unless asked for: every node renews its lease each 10 s, every controller each 2 s, and nothing of that
 * is about security.
 */
export const defaultExclude: readonly string[] = ['leases.coordination.k8s.io']

/** Kinds that are served a second time under another name: reading both would double every object. */
const duplicates: Readonly<Record<string, string>> = {
  'events.events.k8s.io': 'events',
  'ingresses.extensions': 'ingresses.networking.k8s.io',
  'networkpolicies.extensions': 'networkpolicies.networking.k8s.io',
  'deployments.extensions': 'deployments.apps',
  'daemonsets.extensions': 'daemonsets.apps',
  'replicasets.extensions': 'replicasets.apps',
  'podsecuritypolicies.extensions': 'podsecuritypolicies.policy',
  'projects.project.openshift.io': 'namespaces',
  'roles.authorization.openshift.io': 'roles.rbac.authorization.k8s.io',
  'rolebindings.authorization.openshift.io': 'rolebindings.rbac.authorization.k8s.io',
  'clusterroles.authorization.openshift.io': 'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.authorization.openshift.io': 'clusterrolebindings.rbac.authorization.k8s.io',
}

/** First lists go in this order, the rest by name after: what the others are judged by comes first. */
const first: readonly string[] = [
  'namespaces',
  'customresourcedefinitions.apiextensions.k8s.io',
  'apiservices.apiregistration.k8s.io',
  'nodes',
  'serviceaccounts',
  'roles.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'networkpolicies.networking.k8s.io',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'replicasets.apps',
  'cronjobs.batch',
  'jobs.batch',
  'pods',
]

/**
 * Decides what to watch.
 *
 * @param exclude kinds as kubectl names them (`leases.coordination.k8s.io`, `pods`)
 */
export function planKinds(kinds: readonly Kind[], secrets: SecretsMode, exclude: readonly string[]): Plan {
  const names = new Set(kinds.map(kindName))
  const watched: Kind[] = []
  const left: { readonly kind: Kind; readonly why: string }[] = []
  const missing: Missing[] = []
  for (const kind of kinds) {
    const name = kindName(kind)
    const twin = duplicates[name]
    if (holdsSecrets(kind) && secrets === 'none') {
      const why = 'Secrets are not read by default'
      left.push({ kind, why })
      missing.push({
        what: 'secrets',
        why,
        mend: 'Start with --secrets metadata to record their names, keys and owners, never their values',
      })
    } else if (exclude.includes(name)) {
      const why = 'left out by the setting exclude'
      left.push({ kind, why })
      missing.push({ what: name, why, mend: `Take ${name} out of the setting exclude to record it` })
    } else if (twin !== undefined && names.has(twin))
      left.push({ kind, why: `the same objects are recorded as ${twin}` })
    else if (!watchable(kind)) {
      // Reviews and the like are questions, not objects: nobody would look for them.
      if (kind.verbs.includes('list')) left.push({ kind, why: 'the API server offers no watch of this kind' })
    } else watched.push(kind)
  }
  return { watched: watched.sort(inOrder), left, missing }
}

function inOrder(a: Kind, b: Kind): number {
  return rank(a) - rank(b) || (kindName(a) < kindName(b) ? -1 : 1)
}

function rank(kind: Kind): number {
  const place = first.indexOf(kindName(kind))
  return place < 0 ? first.length : place
}
