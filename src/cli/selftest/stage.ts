/** The namespaces in which rules are acted out: made for it, labelled, and deleted whatever happens. */
import { randomInt } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { BulwarkError } from '../../model/error.ts'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import {
  type Ask,
  apps,
  core,
  create,
  type Place,
  pauseImage,
  podNamed,
  rbac,
  read,
  selector,
  template,
} from './act.ts'
import type { Answered, Asker } from './asker.ts'
import { longestMinutes, mark, secrets, untilKey } from './names.ts'

export interface Stage {
  readonly place: Place
  /** Namespaces of earlier runs that were deleted now. */
  readonly removed: readonly string[]
  /** What could not be made, and why. */
  readonly faults: readonly string[]
  /** Makes the pod in which commands are run. */
  startPod(): Promise<void>
  /** Resolves when the pod runs, or says why it does not. */
  podRuns(signal: AbortSignal): Promise<string>
}

const goneMillis = 60_000
const podMillis = 30_000
const lookMillis = 300

/** A pod that Pod Security lets be where it is strictest. */
const restrictedPod: JsonObject = {
  securityContext: { runAsNonRoot: true, runAsUser: 65_535, seccompProfile: { type: 'RuntimeDefault' } },
  terminationGracePeriodSeconds: 0,
}
const restrictedContainer: JsonObject = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  resources: { requests: { cpu: '1m', memory: '8Mi' }, limits: { cpu: '50m', memory: '32Mi' } },
}

/** What of it is named in a plan, for a person. */
export const stageText =
  'two namespaces with 23 empty Secrets, three service accounts (one of them may do a little in these namespaces, two nothing), a role and a binding in each, a ConfigMap, an Event, a Deployment without pods, a pod that never runs, and one that only waits, as no user of the node'

/** Throws BulwarkError CONFIG_INVALID where a namespace cannot be made, and what asking throws. */
export const openStage = async (asker: Asker, own: string, signal: AbortSignal): Promise<Stage> => {
  const open = `${own}-open`
  const ask = (one: Ask): Promise<Answered> => asker.ask(one, 'stage')
  const removed = await removeLeftOver(ask)
  const until = new Date(Date.now() + longestMinutes * 60_000).toISOString()
  for (const [name, level] of [
    [own, 'restricted'],
    [open, 'privileged'],
  ] as const) {
    const labels = { [mark]: 'true', 'pod-security.kubernetes.io/enforce': level }
    const made = await ask({
      ...create(core, '', 'namespaces', { metadata: { name, labels, annotations: { [untilKey]: until } } }),
      isReal: true,
    })
    if (made.status >= 300 || made.status === 0)
      throw new BulwarkError('CONFIG_INVALID', {
        what: `the namespace ${name} cannot be made: ${made.message}`,
        where: '--namespace',
        mend: 'Name another one that is not there yet, with --namespace; making namespaces needs the right to it',
      })
  }
  const faults: string[] = []
  const make = async (one: Ask): Promise<void> => {
    if (signal.aborted) return
    const answer = await ask({ ...one, isReal: true })
    if (answer.status >= 300 || answer.status === 0) faults.push(answer.message)
  }
  await Promise.all(props(own, open).map(make))
  for (const who of ['helper', 'visitor'] as const) {
    const token = await ask({
      ...create(core, own, `serviceaccounts/${who}/token`, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 900 },
      }),
      isReal: true,
    })
    const text = isObject(token.body) && isObject(token.body.status) ? token.body.status.token : undefined
    if (typeof text === 'string') asker.use(who, text)
    else faults.push(`a token of ${who}: ${token.message}`)
  }
  const nodes = itemsOf(await ask(read(`${core}/nodes?limit=20`)))
  const pods = itemsOf(await ask(read(`${core}/namespaces/kube-system/pods?limit=1`)))
  const image = nodes.flatMap(imagesOf).find((name) => /(^|\/)pause[:@]/.test(name)) ?? pauseImage
  // For measurements between networks (RFC 2544), never routed; rates of a run count nothing of another one.
  const network = `198.${18 + randomInt(2)}.${randomInt(256)}`
  const place = { own, open, me: await whoAmI(ask), node: nameOf(nodes[0]), systemPod: nameOf(pods[0]), network }
  const path = `${core}/namespaces/${open}/pods/target`
  let pod = 'it was not made'
  return {
    place,
    removed,
    faults,
    startPod: async () => {
      const spec = { ...restrictedPod, serviceAccountName: 'target' }
      const made = await ask({
        ...create(core, open, 'pods', podNamed('target', spec, { ...restrictedContainer, image })),
        isReal: true,
      })
      pod = made.status < 300 && made.status > 0 ? '' : `it was refused: ${made.message}`
    },
    podRuns: async (stopping) => {
      const end = performance.now() + podMillis
      while (pod === '') {
        const { body } = await ask(read(path))
        const status = isObject(body) && isObject(body.status) ? body.status : {}
        if (status.phase === 'Running') return ''
        if (performance.now() > end || stopping.aborted) pod = `after ${podMillis / 1000} s it is ${waitingFor(status)}`
        else await wait(lookMillis)
      }
      return pod
    },
  }
}

/** Deletes the namespaces with all that is in them, and waits until they are gone. A text says why they are not. */
export const cleanUp = async (asker: Asker, own: string): Promise<string> => {
  const names = [`${own}-open`, own]
  for (const name of names) {
    const path = `${core}/namespaces/${name}`
    const { status, body } = await asker.ask(read(path), 'stage')
    if (status === 404) continue
    // One that was there before and is not ours made opening fail; it is not touched here either.
    if (!isOurs(body)) continue
    const deleted = await asker.ask({ method: 'DELETE', path, isReal: true }, 'clean-up')
    if (deleted.status >= 300 && deleted.status !== 404 && deleted.status !== 409) return deleted.message
  }
  const end = performance.now() + goneMillis
  const left = async (): Promise<readonly string[]> => {
    const answers = await Promise.all(
      names.map(async (name) => {
        const { status, body } = await asker.ask(read(`${core}/namespaces/${name}`), 'stage')
        return status === 404 || !isOurs(body) ? [] : [name]
      }),
    )
    return answers.flat()
  }
  for (;;) {
    const still = await left()
    if (still.length === 0) return ''
    if (performance.now() > end) return `${still.join(' and ')}: still being deleted`
    await wait(lookMillis)
  }
}

/** Namespaces of runs that were killed, and are longer over than any run lasts. */
const removeLeftOver = async (ask: (one: Ask) => Promise<Answered>): Promise<readonly string[]> => {
  const found = itemsOf(await ask(read(`${core}/namespaces?labelSelector=${encodeURIComponent(`${mark}=true`)}`)))
  const over = found.filter((one) => {
    const metadata = metadataOf(one)
    const annotations = isObject(metadata.annotations) ? metadata.annotations : {}
    const until = Date.parse(String(annotations[untilKey]))
    return metadata.deletionTimestamp === undefined && until < Date.now()
  })
  const names = over.map(nameOf)
  for (const name of names) await ask({ method: 'DELETE', path: `${core}/namespaces/${name}`, isReal: true })
  return names
}

const props = (own: string, open: string): readonly Ask[] => [
  ...['helper', 'visitor'].map((name) => create(core, own, 'serviceaccounts', account(name))),
  create(core, open, 'serviceaccounts', account('target')),
  ...Array.from({ length: secrets }, (_, n) => create(core, own, 'secrets', { metadata: { name: `selftest-${n}` } })),
  create(core, open, 'secrets', { metadata: { name: 'selftest-0' } }),
  create(core, own, 'configmaps', { metadata: { name: 'selftest' } }),
  create(core, own, 'events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'selftest', namespace: own },
    type: 'Normal',
    reason: 'Selftest',
    message: 'A self-test of Bulwark',
    firstTimestamp: '{time}',
    lastTimestamp: '{time}',
    count: 1,
    source: { component: '{mark}' },
    involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', namespace: own, name: 'selftest' },
  }),
  create(apps, own, 'deployments', {
    metadata: { name: 'grafana' },
    spec: { replicas: 0, selector, template: template(restrictedPod, restrictedContainer) },
  }),
  create(
    core,
    own,
    'pods',
    podNamed(
      'falco-selftest',
      { ...restrictedPod, serviceAccountName: 'visitor', schedulerName: 'bulwark-selftest-never' },
      restrictedContainer,
    ),
  ),
  ...granted(own, own, [
    right('', ['secrets', 'configmaps'], ['get', 'create']),
    right('', ['pods'], ['delete']),
    right('networking.k8s.io', ['networkpolicies'], ['deletecollection', 'patch']),
    right('rbac.authorization.k8s.io', ['roles'], ['list', 'create']),
  ]),
  ...granted(open, own, [right('', ['secrets'], ['get']), right('', ['pods/exec'], ['get', 'create'])]),
]

const account = (name: string): JsonObject => ({ metadata: { name }, automountServiceAccountToken: false })

const right = (group: string, resources: readonly string[], verbs: readonly string[]): JsonObject => ({
  apiGroups: [group],
  resources: [...resources],
  verbs: [...verbs],
})

/** What the helper may do in a namespace. */
const granted = (namespace: string, own: string, rules: readonly JsonObject[]): readonly Ask[] => [
  create(rbac, namespace, 'roles', { metadata: { name: 'helper' }, rules: [...rules] }),
  create(rbac, namespace, 'rolebindings', {
    metadata: { name: 'helper' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'helper' },
    subjects: [{ kind: 'ServiceAccount', name: 'helper', namespace: own }],
  }),
]

/** Asks for nothing but the own name, which everybody may. */
const whoAmI = async (ask: (one: Ask) => Promise<Answered>): Promise<string> => {
  const { body } = await ask({
    ...create('/apis/authentication.k8s.io/v1', '', 'selfsubjectreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
    }),
    isReal: true,
  })
  const status = isObject(body) && isObject(body.status) ? body.status : {}
  const info = isObject(status.userInfo) ? status.userInfo : {}
  return typeof info.username === 'string' ? info.username : ''
}

const itemsOf = ({ body }: Answered): readonly JsonValue[] =>
  isObject(body) && Array.isArray(body.items) ? body.items : []

const metadataOf = (object: JsonValue | undefined): JsonObject =>
  isObject(object) && isObject(object.metadata) ? object.metadata : {}

const nameOf = (object: JsonValue | undefined): string => {
  const { name } = metadataOf(object)
  return typeof name === 'string' ? name : ''
}

const isOurs = (object: JsonValue): boolean => {
  const { labels } = metadataOf(object)
  return isObject(labels) && labels[mark] === 'true'
}

/** Names of images that a node has. */
const imagesOf = (node: JsonValue): readonly string[] => {
  const status = isObject(node) && isObject(node.status) ? node.status : {}
  return (Array.isArray(status.images) ? status.images : []).flatMap((image: JsonValue) =>
    isObject(image) && Array.isArray(image.names) ? image.names.filter((name) => typeof name === 'string') : [],
  )
}

const waitingFor = (status: JsonObject): string => {
  const container = Array.isArray(status.containerStatuses) ? status.containerStatuses[0] : undefined
  const state = isObject(container) && isObject(container.state) ? container.state.waiting : undefined
  const reason = isObject(state) && typeof state.reason === 'string' ? ` (${state.reason})` : ''
  return `${typeof status.phase === 'string' ? status.phase : 'not to be seen'}${reason}`
}
