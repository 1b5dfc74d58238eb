import { podOfWorkload } from '../../engines/network-policy/index.ts'
import { BulwarkError } from '../../model/error.ts'
import type { JsonObject } from '../../model/json.ts'
import { type KindName, type LoadedObject, nameOf, placeText, type World } from '../objects/load.ts'

/** Without these there is no answer. */
const needed: readonly KindName[] = [
  { group: '', kind: 'Namespace' },
  { group: '', kind: 'Pod' },
  { group: 'networking.k8s.io', kind: 'NetworkPolicy' },
]

/** A cluster need not have them; one that has them and does not show them may answer otherwise. */
const others: readonly KindName[] = [
  { group: '', kind: 'Node' },
  ...['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy'].map((kind) => ({
    group: 'policy.networking.k8s.io',
    kind,
  })),
  ...['projectcalico.org', 'crd.projectcalico.org'].flatMap((group) =>
    ['NetworkPolicy', 'GlobalNetworkPolicy', 'NetworkSet', 'GlobalNetworkSet', 'Tier'].map((kind) => ({ group, kind })),
  ),
  ...['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy'].map((kind) => ({ group: 'cilium.io', kind })),
  ...['AuthorizationPolicy', 'PeerAuthentication'].map((kind) => ({ group: 'security.istio.io', kind })),
  ...[
    'Server',
    'ServerAuthorization',
    'AuthorizationPolicy',
    'MeshTLSAuthentication',
    'NetworkAuthentication',
    'HTTPRoute',
  ].map((kind) => ({ group: 'policy.linkerd.io', kind })),
  ...['HTTPRoute', 'GRPCRoute'].map((kind) => ({ group: 'gateway.networking.k8s.io', kind })),
]

/** What connections depend on. */
export interface ReachObjects {
  readonly objects: readonly JsonObject[]
  /** Kinds that are not seen: the answer may be another. */
  readonly unseen: readonly string[]
  /** `deploy/db.yaml:12:3` of a field of an object; empty where it came out of no file. */
  placeOf(kind: string, namespace: string, name: string, path: string): string
}

/** All objects of files, or those of a record that have a say. Throws BulwarkError NOT_FOUND where pods are not seen. */
export const loadReachObjects = async (world: World): Promise<ReachObjects> => {
  const unseen: string[] = []
  const loaded = world.fromFiles ? [...world.loaded] : [...(await world.objectsOf(needed))]
  if (!world.fromFiles) {
    for (const kind of others) {
      const known = world.kinds.some((one) => one.group === kind.group && one.kind === kind.kind)
      if (!known) continue
      const found = await world.objectsOf([kind]).catch((error: unknown) => {
        if (!(error instanceof BulwarkError) || error.code !== 'NOT_FOUND') throw error
        unseen.push(error.message)
        return []
      })
      loaded.push(...found)
    }
  }
  const byKey = new Map(loaded.map((one) => [keyOf(nameOf(one.object)), one]))
  return {
    // A pod stands for a workload of its name; in a record the pods themselves are there.
    objects: loaded.flatMap(({ object }) => [object, ...(world.fromFiles ? podIn(object) : [])]),
    unseen,
    placeOf: (kind, namespace, name, path) =>
      placeText((byKey.get(keyOf({ kind, namespace, name })) satisfies LoadedObject | undefined)?.place(path)),
  }
}

const podIn = (object: JsonObject): readonly JsonObject[] => {
  const pod = podOfWorkload(object)
  return pod === undefined ? [] : [pod]
}

const keyOf = ({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string =>
  JSON.stringify([kind, namespace, name])
