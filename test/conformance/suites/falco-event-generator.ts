import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { loadRuleSet } from '../../../src/detect/rule-set.ts'
import { asString, isObject, type JsonObject } from '../../../src/model/json.ts'
import type { RuleOrigin } from '../../../src/model/rule.ts'
import { recordsOf } from '../../../src/server/detection/rule-cases.ts'
import { falcoEvents } from '../../rules/coverage/falco.ts'
import { ruleFiles } from '../../rules/files.ts'
import { detect } from '../../rules/judge.ts'
import { manifestsOf } from '../manifests.ts'
import type { CaseResult, Suite } from '../suite.ts'
import { onPage } from '../techniques-page.ts'

/**
 * What Falco's event generator does to a cluster, as the API server would write it down: the stock rule that the action is
 * named for tells of it, and the rules of ours that docs/techniques.md names for it do. Every action stands there.
 */
export const suite: Suite = {
  name: 'falco-event-generator',
  *run({ dir }) {
    const actions = readdirSync(join(dir, 'events/k8saudit/yaml')).map((file) => basename(file, '.yaml'))
    yield* onPage('Falco’s event generator', actions.sort())
    const titlesOf = { falco: titles('falco'), bulwark: titles('bulwark') }
    for (const { id, rules } of falcoEvents) {
      const text = readFileSync(join(dir, 'events/k8saudit/yaml', `${id}.yaml`), 'utf8')
      const events = manifestsOf(text).flatMap(requestsFor).map(whole)
      const stock = titlesOf.falco(events).map(plain)
      yield verdict(`${id}: Falco`, stock.includes(plain(id)), plain(id), stock)
      if (rules.length === 0) continue
      const ours = titlesOf.bulwark(events)
      yield verdict(
        `${id}: ours`,
        rules.some((rule) => ours.includes(rule)),
        rules.join(' or '),
        ours,
      )
    }
  },
}

/** What the rules of one origin find: names of ours, titles of others. */
const titles = (origin: RuleOrigin): ((events: readonly JsonObject[]) => readonly string[]) => {
  const set = loadRuleSet(ruleFiles(origin).map((file) => ({ ...file, origin })))
  const names = new Map(set.sigma.rules.map(({ rule }) => [rule.id ?? '', rule.name ?? '']))
  return (events) => [...new Set(detect(set, recordsOf(events)).map(({ rule, title }) => names.get(rule) ?? title))]
}

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '')

const verdict = (name: string, ok: boolean, expected: string, got: readonly string[]): CaseResult => ({
  name,
  ok,
  expected,
  got: [...got],
})

/** The requests by which an object is made, and by which its controller makes the first pod of it. */
const requestsFor = (object: JsonObject): readonly JsonObject[] => {
  const kind = asString(object.kind) ?? ''
  const group = (asString(object.apiVersion) ?? '').split('/').slice(0, -1).join('')
  const made = create('kubernetes-admin', `${kind.toLowerCase()}s`, group, object)
  const template = isObject(object.spec) ? object.spec.template : undefined
  if (!isObject(template)) return [made]
  const controller = 'system:serviceaccount:kube-system:replicaset-controller'
  return [made, create(controller, 'pods', '', { kind: 'Pod', apiVersion: 'v1', ...template })]
}

const create = (username: string, resource: string, apiGroup: string, object: JsonObject): JsonObject => ({
  verb: 'create',
  requestURI: `/${apiGroup === '' ? 'api' : `apis/${apiGroup}`}/v1/namespaces/default/${resource}`,
  user: { username, groups: ['system:authenticated'] },
  sourceIPs: ['10.0.0.5'],
  userAgent: 'event-generator',
  objectRef: {
    resource,
    namespace: 'default',
    name: asString(isObject(object.metadata) ? object.metadata.name : ''),
    apiGroup,
  },
  responseStatus: { code: 201 },
  requestObject: object,
  responseObject: object,
  annotations: { 'authorization.k8s.io/decision': 'allow' },
})

const moment = '2026-01-05T08:00:00.000000Z'

const whole = (event: JsonObject, index: number): JsonObject => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'RequestResponse',
  auditID: `action-${index}`,
  stage: 'ResponseComplete',
  requestReceivedTimestamp: moment,
  stageTimestamp: moment,
  ...event,
})
