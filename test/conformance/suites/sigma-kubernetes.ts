import { isDeepStrictEqual } from 'node:util'
import { createMatcher, kubernetesAudit, type LoadedRule, loadSigma } from '../../../src/engines/sigma/index.ts'
import type { JsonObject, JsonValue } from '../../../src/model/json.ts'
import { yamlFiles } from '../sigma-files.ts'
import type { CaseResult, Suite } from '../suite.ts'

const audit = (verb: string, resource: string, more: JsonObject = {}): JsonObject => {
  const [name = '', apiGroup = ''] = resource.split('.', 1).concat(resource.split('.').slice(1).join('.'))
  const [plural = '', subresource] = name.split('/')
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    stage: 'ResponseComplete',
    verb,
    requestURI: '/api/v1/x',
    user: { username: 'eve' },
    sourceIPs: ['10.0.0.1'],
    userAgent: 'kubectl/v1.37.0',
    responseStatus: { code: 200 },
    objectRef: { resource: plural, apiGroup, ...(subresource === undefined ? {} : { subresource }) },
    ...more,
  }
}

const pod = (spec: JsonValue): JsonObject => audit('create', 'pods', { requestObject: { kind: 'Pod', spec } })
const inSystem: JsonObject = { objectRef: { resource: 'pods', namespace: 'kube-system' } }

/** Events of our own for each audit rule: those it is about, and near ones that it is not about. */
const events: Readonly<Record<string, { readonly yes: readonly JsonObject[]; readonly no: readonly JsonObject[] }>> = {
  change_admission_controller: {
    yes: [
      audit('patch', 'mutatingwebhookconfigurations.admissionregistration.k8s.io'),
      audit('delete', 'validatingwebhookconfigurations.admissionregistration.k8s.io'),
    ],
    no: [
      audit('list', 'mutatingwebhookconfigurations.admissionregistration.k8s.io'),
      audit('deletecollection', 'validatingwebhookconfigurations.admissionregistration.k8s.io'),
      audit('patch', 'mutatingwebhookconfigurations.other.example'),
    ],
  },
  cronjob_modification: {
    yes: [audit('create', 'jobs.batch'), audit('update', 'cronjobs.batch')],
    no: [audit('get', 'jobs.batch'), audit('create', 'jobs')],
  },
  deployment_deleted: {
    yes: [audit('delete', 'deployments.apps')],
    no: [audit('deletecollection', 'deployments.apps'), audit('delete', 'replicasets.apps')],
  },
  events_deleted: {
    yes: [audit('delete', 'events')],
    no: [audit('deletecollection', 'events'), audit('get', 'events')],
  },
  exec_into_container: {
    yes: [audit('create', 'pods/exec'), audit('create', 'pods/exec', { responseStatus: { code: 403 } })],
    no: [audit('get', 'pods/exec'), audit('create', 'pods/attach'), audit('create', 'pods')],
  },
  hostpath_mount: {
    yes: [
      pod({
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', hostPath: { path: '/' } },
        ],
      }),
    ],
    no: [pod({ volumes: [{ name: 'a', emptyDir: {} }] }), pod({ volumes: [{ hostPath: null }] }), pod({})],
  },
  pod_in_system_namespace: {
    yes: [audit('create', 'pods', inSystem), audit('CREATE', 'pods', inSystem)],
    no: [
      audit('create', 'pods', { objectRef: { resource: 'pods', namespace: 'kube-system-2' } }),
      audit('create', 'pods'),
    ],
  },
  // Its code "ALLOW" is never in an audit event.
  potential_enumeration_activity: {
    yes: [],
    no: [audit('create', 'pods/exec', { requestURI: '/exec?command=%2Fbin%2Fsh', userAgent: 'trufflehog' })],
  },
  privileged_pod_creation: {
    yes: [
      pod({ containers: [{ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }] }),
      pod({ initContainers: [{}, { securityContext: { capabilities: {} } }] }),
    ],
    no: [pod({ containers: [{ securityContext: { privileged: true } }] }), pod({ containers: [] })],
  },
  rbac_permisions_listing: {
    yes: [audit('create', 'selfsubjectrulesreviews.authorization.k8s.io')],
    no: [audit('create', 'selfsubjectaccessreviews.authorization.k8s.io'), audit('create', 'selfsubjectrulesreviews')],
  },
  rolebinding_modification: {
    yes: [
      audit('update', 'rolebindings.rbac.authorization.k8s.io'),
      audit('create', 'clusterrolebindings.rbac.authorization.k8s.io'),
    ],
    no: [audit('update', 'roles.rbac.authorization.k8s.io'), audit('get', 'rolebindings.rbac.authorization.k8s.io')],
  },
  secrets_enumeration: { yes: [audit('list', 'secrets')], no: [audit('get', 'secrets'), audit('list', 'configmaps')] },
  secrets_modified_or_deleted: { yes: [audit('patch', 'secrets')], no: [audit('list', 'secrets')] },
  serviceaccount_creation: {
    yes: [audit('create', 'serviceaccounts')],
    no: [audit('create', 'secrets'), audit('delete', 'serviceaccounts')],
  },
  sidecar_injection: {
    yes: [audit('patch', 'deployments.apps')],
    no: [audit('update', 'deployments.apps'), audit('patch', 'deployments')],
  },
  unauthorized_unauthenticated_actions: {
    yes: [
      audit('get', 'pods', { responseStatus: { code: 403 } }),
      audit('get', 'pods', { responseStatus: { code: '401' } }),
    ],
    no: [audit('get', 'pods', { responseStatus: { code: 404 } }), audit('get', 'pods', { responseStatus: {} })],
  },
}

const dead: Readonly<Record<string, readonly string[]>> = {
  potential_enumeration_activity: ['responseStatus.code is never "ALLOW": it is a number'],
}

/** Upstream's rules load as they are, and those for audit events fire on what they are about and not beside it. */
export const suite: Suite = {
  name: 'sigma-kubernetes',
  *run({ dir }) {
    for (const file of yamlFiles(dir)) {
      const { rules, problems, warnings } = loadSigma([file], { sources: [kubernetesAudit] })
      const [rule] = rules
      const audited = /\/audit\/kubernetes_audit_(.*)\.yml$/.exec(file.name)?.[1]
      const expected = { rules: 1, enabled: audited !== undefined, credited: true, problems: [], warnings: [] }
      const credited = rule !== undefined && [rule.rule.title, rule.rule.id, rule.rule.author].every(Boolean)
      const got = {
        rules: rules.length,
        enabled: rule?.enabled ?? false,
        credited,
        problems: problems.map(({ what }) => what),
        warnings: warnings.map(({ what }) => what),
      }
      yield result(file.name, expected, got)
      if (audited !== undefined && rule !== undefined) yield* verdicts(file.name, audited, rule)
    }
  },
}

function* verdicts(file: string, audited: string, { predicate, health }: LoadedRule): Generator<CaseResult> {
  const matcher = createMatcher([predicate])
  const labelled = Object.hasOwn(events, audited) ? events[audited] : undefined
  if (labelled === undefined) {
    yield { name: `${file} events`, ok: false, expected: 'events of our own for it', got: 'none' }
    return
  }
  const fired = (event: JsonObject): boolean => matcher.matches(event).length > 0
  yield result(
    `${file} fires`,
    labelled.yes.map(() => true),
    labelled.yes.map(fired),
  )
  yield result(
    `${file} is silent`,
    labelled.no.map(() => false),
    labelled.no.map(fired),
  )
  const impossible = Object.hasOwn(dead, audited) ? (dead[audited] ?? []) : []
  const replace = health.notes.filter((note) => note !== 'verb is never "replace": a PUT is "update"')
  yield result(
    `${file} health`,
    { dead: impossible.length > 0, notes: impossible },
    { dead: health.dead, notes: replace },
  )
}

const result = (name: string, expected: JsonValue, got: JsonValue): CaseResult => ({
  name,
  ok: isDeepStrictEqual(got, expected),
  expected,
  got,
})
