/** Getting in, looking around, and taking credentials. */

import { expectStatus } from '../cluster/recording/stage.ts'
import { type Act, accountProps, askForToken, disguised, pod, stage } from './act.ts'

const secretNames = ['admin', 'aws', 'backup', 'db', 'github', 'jwt', 'ldap', 'oauth', 'redis', 'root', 's3', 'vault']
const rights = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'

export const accessActs: readonly Act[] = [
  {
    id: 'anonymous',
    title: 'Probes without credentials, one of which is let in',
    mitre: 'T1613',
    matrix: 'MS-TA9005',
    who: 'nobody',
    from: 'outside',
    rules: ['anonymous-probing', 'anonymous-request-allowed'],
    props: [
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'stage-open' },
        rules: [{ apiGroups: [''], resources: ['namespaces'], verbs: ['list'] }],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'stage-open' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'stage-open' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:anonymous' }],
      },
    ],
    act: async ({ client }) => {
      for (const path of ['pods', 'secrets', 'nodes', 'configmaps', 'services', 'events', 'endpoints', 'limitranges'])
        expectStatus(await client.get(`/api/v1/${path}`), 403)
      expectStatus(await client.get('/api/v1/namespaces'), 200)
    },
  },
  {
    id: 'worthless',
    title: 'Worthless credentials, forty-five times',
    mitre: 'T1110',
    matrix: 'MS-TA9029',
    who: 'nobody',
    from: 'outside',
    rules: ['unauthorized-surge'],
    act: async (player) => {
      const guesser = await disguised(player, 'eyJhbGciOiJFUzI1NiJ9.e30.guess')
      for (let n = 0; n < 45; n++) expectStatus(await guesser.list('/api/v1/namespaces/shop/pods'), 401)
    },
  },
  {
    id: 'secret-guesser',
    title: 'Names of Secrets are guessed, and refused',
    mitre: 'T1552.007',
    matrix: 'MS-TA9025',
    who: 'a service account',
    from: 'inside',
    rules: ['secret-guessing'],
    props: [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'secret-guesser', namespace: stage } }],
    act: async ({ client }) => {
      for (const name of secretNames) expectStatus(await client.get(`/api/v1/namespaces/payments/secrets/${name}`), 403)
    },
  },
  {
    id: 'enumerator',
    title: 'A service account asks what it may do in one namespace after another',
    mitre: 'T1069',
    matrix: 'MS-TA9029',
    who: 'a service account',
    from: 'inside',
    rules: ['permission-enumeration'],
    props: [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'enumerator', namespace: stage } }],
    act: async ({ client }) => {
      for (const namespace of ['shop', 'payments', 'ci', 'kube-system'])
        expectStatus(await client.post(rights, { spec: { namespace } }), 201)
    },
  },
  {
    id: 'sweeper',
    title: 'A service account’s token lists pods in one namespace after another',
    mitre: 'T1613',
    matrix: 'MS-TA9029',
    who: 'a service account',
    from: 'inside',
    rules: ['namespace-sweep'],
    props: accountProps('sweeper'),
    act: async ({ list }) => {
      for (const namespace of ['shop', 'payments', 'ci', 'kube-system', 'monitoring'])
        expectStatus(await list(`/api/v1/namespaces/${namespace}/pods`), 200)
    },
  },
  {
    id: 'dumper',
    title: 'All Secrets of the cluster are listed',
    mitre: 'T1552.007',
    matrix: 'MS-TA9025',
    stratus: 'k8s.credential-access.dump-secrets',
    who: 'a person',
    from: 'inside',
    rules: ['all-secrets-listed-by-hand'],
    act: async ({ list }) => expectStatus(await list('/api/v1/secrets'), 200),
  },
  {
    id: 'token-maker',
    title: 'A token of a controller is asked for',
    mitre: 'T1098',
    matrix: 'MS-TA9016',
    stratus: 'k8s.persistence.create-token',
    who: 'a person',
    from: 'inside',
    rules: ['token-of-system-requested'],
    act: (player) => askForToken(player, 'kube-system', 'clusterrole-aggregation-controller'),
  },
  {
    id: 'token-reader',
    title: 'The token of a pod is read by a command in it',
    mitre: 'T1528',
    matrix: 'MS-TA9016',
    stratus: 'k8s.credential-access.steal-serviceaccount-token',
    who: 'a person',
    from: 'inside',
    rules: ['exec-reads-token'],
    props: [pod('token-read')],
    act: async ({ exec }) =>
      expectStatus(
        await exec(stage, 'token-read', ['cat', '/var/run/secrets/kubernetes.io/serviceaccount/token']),
        101,
      ),
  },
  {
    id: 'certifier',
    title: 'A client certificate for a controller is asked for and approved',
    mitre: 'T1098',
    matrix: 'MS-TA9003',
    stratus: 'k8s.persistence.create-client-certificate',
    who: 'a person',
    from: 'inside',
    rules: ['client-certificate-approved', 'client-certificate-requested'],
    act: async ({ client }) => {
      const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
      const spec = { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] }
      const asked = (name: string, request: string) => ({ metadata: { name }, spec: { ...spec, request } })
      // The admission plugin CertificateSubjectRestriction refuses the group system:masters.
      expectStatus(await client.post(requests, asked('stage-masters', mastersRequest)), 403)
      const { body } = expectStatus(await client.post(requests, asked('stage-controller', controllerRequest)), 201)
      const condition = { type: 'Approved', status: 'True', reason: 'Stage', message: 'approved by hand' }
      const approved = { ...Object(body), status: { conditions: [condition] } }
      expectStatus(await client.put(`${requests}/stage-controller/approval`, approved), 200)
    },
    leaves: ['/apis/certificates.k8s.io/v1/certificatesigningrequests/stage-controller'],
  },
  {
    id: 'impersonator',
    title: 'Somebody acts as system:masters',
    mitre: 'T1078',
    matrix: 'MS-TA9019',
    who: 'a person',
    from: 'inside',
    rules: ['impersonation-of-administrator'],
    act: async ({ site, principal, address }) => {
      const masters = await site.cluster.client(
        { user: principal, groups: ['platform'] },
        { 'X-Forwarded-For': address, 'Impersonate-User': 'root', 'Impersonate-Group': 'system:masters' },
      )
      expectStatus(await masters.get('/api/v1/namespaces/kube-system/pods'), 200)
    },
  },
]

/** PKCS #10, CN=system:kube-controller-manager. Its key was thrown away. */
const controllerRequest = [
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIa01JR0xBZ0VBTUNreEp6QWxCZ05WQkFNTUhuTjVjM1JsYlRw',
  'cmRXSmxMV052Ym5SeWIyeHNaWEl0YldGdQpZV2RsY2pCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OUF3RUhBMElBQk10RDkwWEF2',
  'UWV4c3c1Uk1ucnVRVThvCmtOaWQwcDhQMlFXUnUzZjJObHZpU2tZK1k4MHZlaVUxZ1hZY0lJSW9YK25GTEF3bzJhcVNGaHRXZjh2',
  'ck9GeWcKQURBS0JnZ3Foa2pPUFFRREFnTklBREJGQWlCTGRid3pIWTV4Ni9UYnAxUVM4UWRORkJGeU1PMmljci92Wm5mMAo3TUVs',
  'MHdJaEFPMU5wSlpzKy9heDdGSjV1ZUFZZjRLOVAyNW9kdStsaGFrYkExUEpsVGdNCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVF',
  'U1QtLS0tLQo=',
].join('')
/** PKCS #10, O=system:masters, CN=backup. Its key was thrown away. */
const mastersRequest = [
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIbU1JR01BZ0VBTUNveEZ6QVZCZ05WQkFvTURuTjVjM1JsYlRw',
  'dFlYTjBaWEp6TVE4d0RRWURWUVFEREFaaQpZV05yZFhBd1dUQVRCZ2NxaGtqT1BRSUJCZ2dxaGtqT1BRTUJCd05DQUFUTFEvZEZ3',
  'TDBIc2JNT1VUSjY3a0ZQCktKRFluZEtmRDlrRmtidDM5alpiNGtwR1BtUE5MM29sTllGMkhDQ0NLRi9weFN3TUtObXFraFliVm4v',
  'TDZ6aGMKb0FBd0NnWUlLb1pJemowRUF3SURTUUF3UmdJaEFMOXoyWkhtaVdlbzlrV29tV2hlSjQ5VlBiRVkzZjN3SzY5dgp3dm80',
  'Qlp2REFpRUE4eFlBUHNNSG5SODROWTRaR1VMbEVHbytZVVNKS3Q3S2lHN0N5VmJNLzhBPQotLS0tLUVORCBDRVJUSUZJQ0FURSBS',
  'RVFVRVNULS0tLS0K',
].join('')
