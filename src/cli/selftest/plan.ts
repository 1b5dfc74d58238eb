/** What a self-test will do, and what it needs, for the person who has to say yes. */
import type { Act, Place } from './act.ts'
import { askedBy } from './request.ts'
import { stageText } from './stage.ts'

export interface Plan {
  readonly acts: readonly Act[]
  /** Where: the cluster, for a person. */
  readonly where: string
  readonly own: string
  /** How many samples of sensors are handed to the server, and how many rules are replayed only. */
  readonly samples: number
  readonly replayed: number
  readonly tellOutputs: boolean
}

export const planText = ({ acts, where, own, samples, replayed, tellOutputs }: Plan): string =>
  [
    `In ${where}, as ${own} and ${own}-open: make ${stageText}.`,
    'All other writes are dry runs, which change nothing, also where they name something else. It will',
    ...acts.map(({ what, rules }) => `  ${what} (${rules.join(', ')})`),
    ...(samples === 0 ? [] : [`  hand ${samples} made-up samples of runtime sensors to the server, marked as such`]),
    ...(replayed === 0
      ? []
      : [`  let the server replay ${replayed} more rules on their own tests, which keeps nothing`]),
    `then wait for the rules, and delete both namespaces, also after Ctrl-C. Cases that are the self-test's alone are closed at the end, and outputs are ${tellOutputs ? 'told of them' : 'not told of them'}.`,
    'The user of the kubeconfig needs these rights; what is refused is told, and the rule replayed instead:',
    ...rightsNeeded(acts, own).map((line) => `  ${line}`),
    '',
  ].join('\n')

/** Acts as they are before anything is known of the cluster. */
export const samplePlace = (own: string): Place => ({
  own,
  open: `${own}-open`,
  me: 'you',
  node: 'NODE',
  systemPod: 'POD',
  network: '198.18.0',
})

/** By where and verb. */
const rightsNeeded = (acts: readonly Act[], own: string): readonly string[] => {
  const place = samplePlace(own)
  const rights = new Map<string, Set<string>>([
    [
      'in its own namespaces: create',
      new Set([
        'configmaps',
        'deployments.apps',
        'events',
        'pods',
        'rolebindings.rbac.authorization.k8s.io',
        'roles.rbac.authorization.k8s.io',
        'secrets',
        'serviceaccounts',
        'serviceaccounts/token',
      ]),
    ],
    ['elsewhere: create, get, list, delete', new Set(['namespaces'])],
  ])
  for (const ask of acts.flatMap((act) => act.asks(place))) {
    if (ask.as !== undefined && ask.as !== 'person') continue
    const { verb, resource, namespace } = askedBy(ask)
    const isOwn = namespace === place.own || namespace === place.open
    const how = ask.method === 'GET' || ask.isReal === true ? '' : ', as a dry run'
    const key = `${isOwn ? 'in its own namespaces' : 'elsewhere'}: ${verb}${how}`
    rights.set(
      key,
      (rights.get(key) ?? new Set()).add(isOwn || namespace === '' ? resource : `${resource} (${namespace})`),
    )
    if (ask.asUser !== undefined)
      rights.set('elsewhere: impersonate', (rights.get('elsewhere: impersonate') ?? new Set()).add('serviceaccounts'))
  }
  return [...rights].sort(([a], [b]) => (a < b ? 1 : -1)).map(([key, of]) => `${key}: ${[...of].sort().join(', ')}`)
}
