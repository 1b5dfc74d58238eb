import type { DetectionTarget } from '../../model/detection.ts'
import { actOf, reads } from './act.ts'
import { anything, type Step } from './step.ts'

/**
 * What some steps of the same kind did, as parts of a sentence: `ran commands in 3 pods` for what succeeded,
 * `155 Secret reads` for what was refused or failed.
 */
export interface Phrase {
  readonly text: string
  /** Of the number that a verb after it agrees with. */
  readonly plural: boolean
}

/** Steps with the same kind are told in one phrase. */
export const phraseKind = (step: Step): string => {
  const { verb, target } = step
  const act = actOf(step)
  const outcome = outcomeOf(step)
  if (act === 'probe') return `${outcome} ${act}`
  return [outcome, act ?? (reads.has(verb) && outcome !== 'done' ? 'read' : verb), target.resource].join(' ')
}

export type Outcome = 'done' | 'refused' | 'failed'

export const outcomeOf = ({ refused, failed }: Pick<Step, 'refused' | 'failed'>): Outcome =>
  refused ? 'refused' : failed ? 'failed' : 'done'

export const phraseOf = (steps: readonly [Step, ...Step[]], actors: readonly string[]): Phrase =>
  outcomeOf(steps[0]) !== 'done' ? refusedPhrase(steps) : { text: donePhrase(steps, actors), plural: false }

const donePhrase = (steps: readonly [Step, ...Step[]], actors: readonly string[]): string => {
  const [step] = steps
  switch (actOf(step)) {
    case 'exec':
      return `ran commands in ${objects(steps)}`
    case 'attach':
      return `attached to ${objects(steps)}`
    case 'forward':
      return `forwarded ports of ${objects(steps)}`
    case 'debug':
      return `put a debug container into ${objects(steps)}`
    case 'token':
      return `took a token of ${objects(steps)}`
    case 'make':
      return `made ${powerful(steps, objects)}`
    case 'bind':
      return bindPhrase(steps, actors)
    case 'probe':
      return `asked the API server ${times(steps)}`
    case 'sensed':
      return sensedPhrase(steps)
    case undefined:
      return `${pastOf.get(step.verb) ?? `did ${plain(step.verb, 24)} on`} ${objects(steps)}`
  }
}

/** Pods with rights over their node are told before the others, by what rules say of them. */
const powerful = (
  steps: readonly [Step, ...Step[]],
  tell: (steps: readonly [Step, ...Step[]], adjective?: string) => string,
): string => {
  const [privileged, ...more] = steps.filter(({ title }) => /privileged/i.test(title))
  if (privileged !== undefined) return tell([privileged, ...more], 'privileged ')
  const [near, ...others] = steps.filter(({ title }) => /\b(?:host|machine|node)/i.test(title))
  return near === undefined ? tell(steps) : `${tell([near, ...others])} with access to the host`
}

/** Who was given rights: passive where it is the one whom the title is about. */
const bindPhrase = (steps: readonly Step[], actors: readonly string[]): string => {
  const given = [...new Set(steps.flatMap(({ grants }) => grants))]
  const what = steps.some(({ title }) => /cluster.?admin/i.test(title)) ? 'cluster-admin' : undefined
  const makers = [...new Set(steps.map(({ principal }) => principal))]
  const [main] = actors
  if (main !== undefined && given.includes(main)) {
    const by = makers.includes(main) ? ' by itself' : ''
    return what === undefined ? `was given rights${by}` : `was made ${what}${by}`
  }
  const [first] = given
  const whom = first === undefined ? undefined : others(principalName(first), given.length)
  if (whom === undefined) return what === undefined ? `bound a role in ${objects(steps)}` : `gave ${what} away`
  return what === undefined ? `gave rights to ${whom}` : `made ${whom} ${what}`
}

const sensedPhrase = (steps: readonly Step[]): string => {
  const titles = [...new Set(steps.map(({ title }) => title))]
  const [title = ''] = titles
  const places = steps.filter(({ place, target }) => place.pod !== '' && target.namespace !== anything)
  const pods = [...new Set(places.map(({ target, place }) => qualified(target.namespace, place.pod)))]
  const [pod] = pods
  const where = pod === undefined ? '' : ` in ${pods.length === 1 ? `pod ${pod}` : `${pods.length} pods`}`
  return `set off ${titles.length === 1 ? `“${plain(title, 60)}”` : `${titles.length} rules`}${where} ${times(steps)}`
}

const refusedPhrase = (steps: readonly [Step, ...Step[]]): Phrase => {
  const [step] = steps
  const count = countOf(steps)
  const plural = count !== 1
  const attempts = `${number(count)} ${plural ? 'attempts' : 'attempt'} to`
  switch (actOf(step)) {
    case 'exec':
      return { text: `${attempts} run commands in ${kinds(steps)}`, plural }
    case 'attach':
      return { text: `${attempts} attach to ${kinds(steps)}`, plural }
    case 'forward':
      return { text: `${attempts} forward ports of ${kinds(steps)}`, plural }
    case 'debug':
      return { text: `${attempts} put a debug container into ${kinds(steps)}`, plural }
    case 'token':
      return { text: `${attempts} take a token of ${kinds(steps)}`, plural }
    case 'make':
      return { text: `${attempts} make ${powerful(steps, kinds)}`, plural }
    case 'bind':
      return { text: `${attempts} give rights`, plural }
    case 'probe':
    case 'sensed':
      return { text: `${number(count)} ${plural ? 'requests' : 'request'}`, plural }
    case undefined: {
      const noun = nounOf(step.target)
      if (reads.has(step.verb)) return { text: `${number(count)} ${noun.one} ${plural ? 'reads' : 'read'}`, plural }
      return { text: `${attempts} ${presentOf.get(step.verb) ?? plain(step.verb, 24)} ${kinds(steps)}`, plural }
    }
  }
}

/**
 * How often something was done. Several rules may have fired for one request: of each principal and verb the rule that
 * fired most counts.
 */
export const countOf = (steps: readonly Step[]): number => {
  const byAct = new Map<string, Map<string, number>>()
  for (const { principal, verb, rule, count } of steps) {
    const act = `${verb} ${principal}`
    const rules = byAct.get(act) ?? new Map<string, number>()
    byAct.set(act, rules.set(rule, (rules.get(rule) ?? 0) + count))
  }
  return [...byAct.values()].reduce((sum, rules) => sum + Math.max(...rules.values()), 0)
}

/** Thousands with commas, as English writes them. */
export const number = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')

const times = (steps: readonly Step[]): string => {
  const count = countOf(steps)
  return count === 1 ? 'once' : `${number(count)} times`
}

/** `pod shop/web-1`, `3 pods`, `more than 8 pods`, `Secrets in payments`, `Secrets in all namespaces`. */
const objects = (steps: readonly Step[], adjective = ''): string => {
  const [step] = steps
  if (step === undefined) return ''
  const noun = nounOf(step.target)
  const named = new Set<string>()
  const places = new Set<string>()
  let more = 0
  for (const { target, level, count } of steps) {
    places.add(target.namespace)
    if (level > 0) more = Math.max(more, Math.min(count, 8))
    else if (target.name !== '') named.add(qualified(target.namespace, target.name))
  }
  const many = `${adjective}${noun.many}`
  if (more > 0) return `more than ${Math.max(more, named.size)} ${many}`
  const [only] = named
  if (named.size > 1) return `${named.size} ${many}`
  if (only !== undefined && adjective !== '') return `${article(adjective)} ${adjective}${noun.one}`
  if (only !== undefined) return `${noun.one} ${only}`
  const [place = ''] = places
  if (places.size > 1) return `${many} in ${places.size} namespaces`
  return place === '' ? `${many}${noun.namespaced ? ' in all namespaces' : ''}` : `${many} in ${plain(place, 63)}`
}

/** What an attempt was about: the object where it is always the same, else only what kind of thing. */
const kinds = (steps: readonly [Step, ...Step[]], adjective = ''): string => {
  const [{ target, level }] = steps
  const same = level === 0 && target.name !== '' && steps.every((step) => step.target.name === target.name)
  const noun = nounOf(target)
  const oneSpace = new Set(steps.map((step) => step.target.namespace)).size === 1
  if (same && oneSpace) return adjective === '' ? objects(steps) : `${article(adjective)} ${adjective}${noun.one}`
  return `${adjective}${noun.many}`
}

const article = (word: string): string => (/^[aeiou]/i.test(word) ? 'an' : 'a')

const qualified = (namespace: string, name: string): string =>
  namespace === '' ? plain(name, 63) : `${plain(namespace, 40)}/${plain(name, 63)}`

interface Noun {
  readonly one: string
  readonly many: string
  readonly namespaced: boolean
}

const noun = (one: string, namespaced = true, many = `${one}s`): Noun => ({ one, many, namespaced })

const nouns: ReadonlyMap<string, Noun> = new Map([
  ['secrets', noun('Secret')],
  ['configmaps', noun('ConfigMap')],
  ['pods', noun('pod')],
  ['pods/log', noun('pod log')],
  ['deployments', noun('Deployment')],
  ['daemonsets', noun('DaemonSet')],
  ['statefulsets', noun('StatefulSet')],
  ['replicasets', noun('ReplicaSet')],
  ['jobs', noun('Job')],
  ['cronjobs', noun('CronJob')],
  ['services', noun('Service')],
  ['events', noun('event')],
  ['serviceaccounts', noun('service account')],
  ['serviceaccounts/token', noun('service account')],
  ['roles', noun('Role')],
  ['rolebindings', noun('RoleBinding')],
  ['networkpolicies', noun('NetworkPolicy', true, 'NetworkPolicies')],
  ['nodes', noun('node', false)],
  ['namespaces', noun('namespace', false)],
  ['clusterroles', noun('ClusterRole', false)],
  ['clusterrolebindings', noun('ClusterRoleBinding', false)],
  ['certificatesigningrequests', noun('certificate signing request', false)],
  ['validatingwebhookconfigurations', noun('validating webhook', false)],
  ['mutatingwebhookconfigurations', noun('mutating webhook', false)],
  ['customresourcedefinitions', noun('custom resource definition', false)],
])

/** What people call a resource; one without a name here is called as in URLs. */
const nounOf = ({ resource, subresource }: DetectionTarget): Noun => {
  const known = nouns.get(subresource === '' ? resource : `${resource}/${subresource}`)
  if (known !== undefined) return known
  const base = nouns.get(resource)
  const text = plain(resource, 40)
  if (subresource === '' || subresourceless.has(subresource))
    return base ?? { one: text, many: text, namespaced: false }
  const part = `${base?.one ?? text} ${plain(subresource, 24)}`
  return { one: part, many: part, namespaced: base?.namespaced ?? false }
}

/** The act says already what was done to the whole object. */
const subresourceless: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'ephemeralcontainers'])

const pastOf: ReadonlyMap<string, string> = new Map([
  ['get', 'read'],
  ['list', 'listed'],
  ['watch', 'watched'],
  ['create', 'made'],
  ['update', 'changed'],
  ['patch', 'changed'],
  ['delete', 'deleted'],
  ['deletecollection', 'deleted all'],
  ['impersonate', 'acted as'],
  ['approve', 'approved'],
  ['bind', 'bound'],
  ['escalate', 'escalated'],
])

const presentOf: ReadonlyMap<string, string> = new Map([
  ['create', 'make'],
  ['update', 'change'],
  ['patch', 'change'],
  ['delete', 'delete'],
  ['deletecollection', 'delete all'],
  ['impersonate', 'act as'],
])

/** `ci/deployer` for a service account, else the name as it is. */
export const principalName = (principal: string): string => {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(principal)
  const [, namespace = '', name = ''] = account ?? []
  return account === null ? plain(principal, 80) : qualified(namespace, name)
}

/** The first of several, and how many others there are. */
export const others = (first: string, count: number): string =>
  count <= 1 ? first : `${first} and ${count - 1} ${count === 2 ? 'other' : 'others'}`

/**
 * A name as a part of a sentence: without line breaks, control characters and marks that turn the direction of writing,
 * and not longer than told.
 */
export const plain = (text: string, most: number): string => {
  const shown = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u00b7').toWellFormed()
  return shown.length <= most ? shown : `${shown.slice(0, most - 1).toWellFormed()}…`
}
