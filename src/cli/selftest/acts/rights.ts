/** Roles, bindings and impersonation: dry runs that reach nobody. */
import type { JsonObject } from '../../../model/json.ts'
import { type Act, type Ask, apply, core, create, rbac, read } from '../act.ts'

const rule = (
  resources: readonly string[],
  verbs: readonly string[],
  apiGroups: readonly string[] = [''],
): JsonObject => ({
  apiGroups: [...apiGroups],
  resources: [...resources],
  verbs: [...verbs],
})

const role = (own: string, name: string, ...rules: readonly JsonObject[]): Ask =>
  create(rbac, own, 'roles', { metadata: { name }, rules: [...rules] })

/** In place of what the role of the self-test allows. */
const given = (own: string, right: JsonObject): Ask => ({
  method: 'PATCH',
  patch: 'merge',
  path: `${rbac}/namespaces/${own}/roles/helper`,
  body: { rules: [right] },
})

const binding = (own: string, name: string, roleName: string, subject: JsonObject): Ask =>
  create(rbac, own, 'rolebindings', {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
    subjects: [subject],
  })

const nobody = { kind: 'ServiceAccount', name: 'is-not-there' }

export const rightActs: readonly Act[] = [
  {
    id: 'wildcard-role',
    what: 'ask for a role with all rights in the own namespace',
    rules: ['wildcard-role', 'write-role'],
    asks: ({ own }) => [role(own, 'everything', rule(['*'], ['*'], ['*']))],
  },
  {
    id: 'wildcard-added',
    what: 'ask to give the own role all rights in the own namespace',
    rules: ['wildcard-role-changed'],
    asks: ({ own }) => [given(own, rule(['*'], ['*'], ['*']))],
  },
  {
    id: 'node-proxy-role',
    what: 'ask for a role with nodes/proxy',
    rules: ['node-proxy-rights'],
    asks: ({ own }) => [role(own, 'node-proxy', rule(['nodes/proxy'], ['get']))],
  },
  {
    id: 'node-proxy-added',
    what: 'ask to give the own role nodes/proxy',
    rules: ['node-proxy-rights-added'],
    asks: ({ own }) => [given(own, rule(['nodes/proxy'], ['get']))],
  },
  {
    id: 'secret-role',
    what: 'ask for a role that may read Secrets',
    rules: ['secret-role'],
    asks: ({ own }) => [role(own, 'secrets', rule(['secrets'], ['get']))],
  },
  {
    id: 'exec-role',
    what: 'ask for a role that may run commands in pods',
    rules: ['exec-role'],
    asks: ({ own }) => [role(own, 'exec', rule(['pods/exec'], ['create']))],
  },
  {
    id: 'escalation-role',
    what: 'ask for a role with escalate, bind and impersonate',
    rules: ['escalation-rights'],
    asks: ({ own }) => [
      role(
        own,
        'escalation',
        rule(['roles'], ['escalate', 'bind'], ['rbac.authorization.k8s.io']),
        rule(['serviceaccounts'], ['impersonate']),
      ),
    ],
  },
  {
    id: 'aggregated-role',
    what: 'ask for a cluster role that goes into view, without a right',
    rules: ['role-aggregated'],
    asks: () => [
      create(rbac, '', 'clusterroles', {
        metadata: { name: 'bulwark-selftest', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
        rules: [],
      }),
    ],
  },
  {
    id: 'system-role',
    what: 'ask to change the cluster role view in nothing',
    rules: ['system-role-modified'],
    asks: () => [{ method: 'PATCH', patch: 'merge', path: `${rbac}/clusterroles/view`, body: {} }],
  },
  {
    id: 'escalation-refused',
    what: 'ask, as a service account, for a role with more rights than it has',
    rules: ['escalation-refused'],
    asks: ({ own }) => [{ ...role(own, 'more', rule(['pods'], ['*'])), as: 'helper', expect: 'refused' }],
  },
  {
    id: 'binding',
    what: 'ask for a binding of view to a service account that is not there',
    rules: ['binding-changed'],
    asks: ({ own }) => [binding(own, 'nobody', 'view', nobody)],
  },
  {
    id: 'cluster-admin',
    what: 'ask for a binding of cluster-admin, in the own namespace, to a service account that is not there',
    rules: ['cluster-admin-binding'],
    asks: ({ own }) => [binding(own, 'nobody-admin', 'cluster-admin', nobody)],
  },
  {
    id: 'binding-for-all',
    what: 'ask for a binding of view, in the own namespace, to everybody',
    rules: ['binding-for-everybody'],
    asks: ({ own }) => [
      binding(own, 'everybody', 'view', {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'Group',
        name: 'system:authenticated',
      }),
    ],
  },
  {
    id: 'binding-to-oneself',
    what: 'ask for a binding of view, in the own namespace, to oneself',
    rules: ['binding-to-oneself'],
    asks: ({ own, me }) => [
      binding(own, 'oneself', 'view', { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: me }),
    ],
  },
  {
    id: 'cloud-access-map',
    what: 'ask to change the map of cloud users (aws-auth) in nothing',
    rules: ['cloud-access-map'],
    asks: () => [
      apply(`${core}/namespaces/kube-system/configmaps/aws-auth`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'aws-auth', namespace: 'kube-system' },
      }),
    ],
  },
  {
    id: 'impersonation',
    what: 'look for something that is not there as a service account without rights',
    rules: ['impersonation'],
    asks: ({ own }) => [
      read(`${core}/namespaces/${own}/configmaps/none`, {
        asUser: `system:serviceaccount:${own}:visitor`,
        expect: 'refused',
      }),
    ],
  },
  {
    id: 'impersonation-of-system',
    what: 'look for something that is not there as the default service account of kube-system, which has no rights',
    rules: ['impersonation-of-administrator'],
    asks: ({ own }) => [
      read(`${core}/namespaces/${own}/configmaps/none`, {
        asUser: 'system:serviceaccount:kube-system:default',
        expect: 'anything',
      }),
    ],
  },
  {
    id: 'system-account',
    what: 'ask for a service account in kube-system',
    rules: ['service-account-in-system-namespace'],
    asks: () => [create(core, 'kube-system', 'serviceaccounts', { metadata: { name: 'bulwark-selftest' } })],
  },
]
