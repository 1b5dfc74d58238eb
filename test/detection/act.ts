/** One technique, acted out through the API server. */
import { at, textAt } from '../cluster/client.ts'
import type { User } from '../cluster/cluster.ts'
import { type Actor, makeActor, tokenOf } from '../cluster/recording/actors.ts'
import type { Manifest } from '../cluster/recording/objects.ts'
import { expectStatus } from '../cluster/recording/stage.ts'
import { until } from '../cluster/until.ts'
import type { Site } from './site.ts'

export interface Act {
  /** Stable; also part of the names of what it needs. */
  readonly id: string
  readonly title: string
  /** Of MITRE ATT&CK. */
  readonly mitre: string
  /** Of Microsoft's Threat matrix for Kubernetes. */
  readonly matrix: string
  /** The scenario of Stratus Red Team that does the same. */
  readonly stratus?: string
  readonly who: 'a person' | 'a service account' | 'nobody'
  /** Where it comes from: in the cluster's own network, or on the internet. */
  readonly from: 'inside' | 'outside'
  /** Names of our rules that have to be in the case, the one that opens it first. */
  readonly rules: readonly string[]
  /** Made before by a hand that the audit policy does not record. */
  readonly props?: readonly Manifest[]
  /** Throws where an answer is not the expected one. */
  readonly act: (player: Player) => Promise<unknown>
  /** Paths that are deleted afterwards by the hand that is not recorded. */
  readonly leaves?: readonly string[]
}

/** The one who acts, with nothing in common with those of other acts. */
export interface Player extends Actor {
  readonly site: Site
  /** The user name that the audit log has. */
  readonly principal: string
  readonly address: string
}

/** Namespace of the acts, where Pod Security refuses nothing. */
export const stage = 'stage'

/** What all acts need. */
export const stageProps: readonly Manifest[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: stage } },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  },
]

/** A pod for an act to get into. */
export const pod = (name: string, spec: Readonly<Record<string, unknown>> = {}, namespace = stage): Manifest => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { app: name } },
  spec: { containers: [{ name: 'main', image: 'registry.shop.example/tools/main:1.0' }], ...spec },
})

/** The service account of an act, with every right: what is told is the deed, not the right. */
export const accountProps = (id: string): readonly Manifest[] => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: id, namespace: stage } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `stage-${id}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: id, namespace: stage }],
  },
]

/** `number` makes the address: one for each act. */
export const playerOf = async (site: Site, act: Act, number: number): Promise<Player> => {
  const { cluster, kinds } = site
  const address = act.from === 'inside' ? `10.66.0.${number + 1}` : `198.51.100.${number + 1}`
  const userAgent = act.who === 'nobody' ? 'curl/8.5.0' : 'kubectl/v1.37.2 (linux/amd64) kubernetes/8d2f1c4'
  const person: User = { user: `${act.id}@shop.example`, groups: ['platform'] }
  const who =
    act.who === 'nobody'
      ? ({ kind: 'anonymous' } as const)
      : act.who === 'a person'
        ? person
        : await tokenOf(cluster.admin, stage, act.id)
  const principal =
    act.who === 'nobody'
      ? 'system:anonymous'
      : act.who === 'a person'
        ? person.user
        : `system:serviceaccount:${stage}:${act.id}`
  return { ...(await makeActor(cluster, kinds, who, { userAgent, address })), site, principal, address }
}

/** Another client of the same address: as somebody else, or with more headers. */
export const disguised = (player: Player, token: string): Promise<Actor> =>
  makeActor(
    player.site.cluster,
    player.site.kinds,
    { kind: 'token', token },
    {
      userAgent: 'curl/8.5.0',
      address: player.address,
    },
  )

/** A token of a service account, asked for by the player. */
export const askForToken = async (player: Player, namespace: string, name: string): Promise<string> => {
  const answer = await player.client.post(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  })
  return textAt(expectStatus(answer, 201).body, 'status', 'token')
}

/** Resolves when the pod of that name runs. */
export const running = (site: Site, name: string, namespace = stage): Promise<void> =>
  until(`the pod ${name} to run`, async () => {
    const { body } = await site.cluster.admin.get(`/api/v1/namespaces/${namespace}/pods/${name}`)
    return at(body, 'status', 'phase') === 'Running'
  })
