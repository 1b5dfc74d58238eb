/** Requests that are refused or find nothing, and service accounts that come from elsewhere. */
import { type Act, byHand, core, create, nothing, rbac, read } from '../act.ts'

export const accessActs: readonly Act[] = [
  {
    id: 'refused-reads',
    what: 'ask 420 times, as a service account without rights, for things in the own namespace, from an address that nobody has',
    rules: [
      'failed-read',
      'failed-read-surge',
      'failed-read-surge-of-principal',
      'failed-read-surge-of-address',
      'forbidden',
      'forbidden-surge-of-principal',
      'forbidden-surge-of-address',
      'forbidden-sweep-of-principal',
      'forbidden-from-public-address',
      'forbidden-surge-of-public-address',
    ],
    asks: ({ own, network }) => [
      read(`${core}/namespaces/${own}/configmaps/none-{n}`, {
        as: 'visitor',
        from: `${network}.1`,
        expect: 'refused',
        times: 420,
      }),
    ],
  },
  {
    id: 'missing-reads',
    what: 'ask for 70 things in the own namespace that are not there',
    rules: ['missing-read', 'missing-read-surge-of-principal'],
    asks: ({ own }) => [read(`${core}/namespaces/${own}/configmaps/none-{n}`, { expect: 'missing', times: 70 })],
  },
  {
    id: 'worthless-token',
    what: 'ask 44 times with a token that is worth nothing, from an address that nobody has',
    rules: ['unauthorized', 'unauthorized-surge'],
    asks: ({ own, network }) => [
      read(`${core}/namespaces/${own}/configmaps/none`, {
        as: 'guesser',
        from: `${network}.2`,
        expect: 'refused',
        times: 44,
      }),
    ],
  },
  {
    id: 'anonymous',
    what: 'ask for ten things in the own namespace without credentials',
    rules: ['anonymous-probe', 'anonymous-probing'],
    asks: ({ own, network }) => [
      read(`${core}/namespaces/${own}/configmaps/none-{n}`, {
        as: 'nobody',
        from: `${network}.3`,
        expect: 'forbidden',
        times: 10,
      }),
    ],
  },
  {
    id: 'inside-and-outside',
    what: 'ask, as a service account, for a ConfigMap, and read one while claiming addresses that nobody has',
    rules: [
      'service-account-inside-and-outside',
      'service-account-writes-inside',
      'service-account-from-public-address',
      'service-account-from-many-addresses',
    ],
    asks: ({ own, network }) => [
      create(core, own, 'configmaps', { metadata: { name: 'inside' } }, { as: 'helper' }),
      read(`${core}/namespaces/${own}/configmaps/selftest`, { as: 'helper', from: `${network}.1{n}`, times: 5 }),
    ],
  },
  {
    id: 'sweep',
    what: 'ask, as a service account by a tool for people, for pods of six namespaces',
    rules: ['namespace-sweep', 'list-by-hand'],
    asks: ({ own, open }) =>
      ['default', 'kube-system', 'kube-public', 'kube-node-lease', own, open].map((namespace) =>
        read(`${core}/namespaces/${namespace}/pods?limit=1`, { as: 'helper', client: byHand, expect: 'anything' }),
      ),
  },
  {
    id: 'rights-listed',
    what: 'list the roles of the own namespace as a service account, by a tool for people',
    rules: ['rights-listed-by-hand'],
    asks: ({ own }) => [read(`${rbac}/namespaces/${own}/roles`, { as: 'helper', client: byHand })],
  },
  {
    id: 'rights-asked',
    what: 'ask four times, as a service account, what it may do in the own namespace',
    rules: ['rights-asked-by-service-account', 'permission-enumeration'],
    asks: ({ own }) => [
      create(
        '/apis/authorization.k8s.io/v1',
        '',
        'selfsubjectrulesreviews',
        { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace: own } },
        { as: 'helper', times: 4 },
      ),
    ],
  },
  {
    id: 'access-reviews',
    what: 'ask 55 times whether one may do something in the own namespace',
    rules: ['access-review', 'access-review-burst'],
    asks: ({ own }) => [
      create(
        '/apis/authorization.k8s.io/v1',
        '',
        'selfsubjectaccessreviews',
        {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { namespace: own, verb: 'get', resource: 'pods' } },
        },
        { times: 55 },
      ),
    ],
  },
  {
    id: 'wide-listing',
    what: 'list fourteen kinds in the whole cluster, those things that have a label which none has',
    rules: ['wide-listing', 'list-of-all-namespaces'],
    asks: () =>
      [
        ...['pods', 'services', 'endpoints', 'events', 'limitranges', 'resourcequotas', 'podtemplates'],
        ...['replicationcontrollers', 'serviceaccounts', 'persistentvolumeclaims', 'persistentvolumes', 'nodes'],
        ...['namespaces', 'configmaps'],
      ].map((resource) => read(`${core}/${resource}?limit=1&labelSelector=${nothing}`)),
    needsPerson: true,
  },
  {
    id: 'attack-tool',
    what: 'look at the own namespace under the name of a tool of attackers',
    rules: ['attack-tool', 'attack-tool-signed-in'],
    asks: ({ own }) => [read(`${core}/namespaces/${own}`, { client: 'kube-hunter' })],
  },
  {
    id: 'debug-endpoint',
    what: 'read a debug page of the API server',
    rules: ['debug-endpoint'],
    asks: () => [read('/debug/api_priority_and_fairness/dump_priority_levels')],
  },
]
