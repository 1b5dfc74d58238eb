/** Ways in from outside: dry runs of what would open them. */
import type { JsonObject } from '../../../model/json.ts'
import { type Act, core, create, networking, never, read } from '../act.ts'

const ingress = (name: string, annotations: JsonObject): JsonObject => ({
  metadata: { name, annotations },
  spec: {
    ingressClassName: 'bulwark-selftest-none',
    rules: [
      {
        host: 'selftest.invalid',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'none', port: { number: 80 } } } }],
        },
      },
    ],
  },
})

const service = (name: string, spec: JsonObject): JsonObject => ({
  metadata: { name },
  spec: { selector: never, ports: [{ port: 80 }], ...spec },
})

export const networkActs: readonly Act[] = [
  {
    id: 'node-port',
    what: 'ask for a service on a port of every node, with nothing behind it',
    rules: ['node-port-service'],
    asks: ({ own }) => [create(core, own, 'services', service('node-port', { type: 'NodePort' }))],
  },
  {
    id: 'external-ips',
    what: 'ask for a service on an address that nobody has, with nothing behind it',
    rules: ['external-ips-service'],
    asks: ({ own }) => [create(core, own, 'services', service('external', { externalIPs: ['203.0.113.77'] }))],
  },
  {
    id: 'load-balancer',
    what: 'ask for a load balancer with nothing behind it',
    rules: ['load-balancer-open'],
    asks: ({ own }) => [create(core, own, 'services', service('balancer', { type: 'LoadBalancer' }))],
  },
  {
    id: 'ingress',
    what: 'ask for an Ingress without TLS, of a class that is not there',
    rules: ['ingress-without-tls'],
    asks: ({ own }) => [create(networking, own, 'ingresses', ingress('plain', {}))],
  },
  {
    id: 'ingress-snippet',
    what: 'ask for an Ingress with a snippet of configuration, of a class that is not there',
    rules: ['ingress-snippet'],
    asks: ({ own }) => [
      create(
        networking,
        own,
        'ingresses',
        ingress('snippet', { 'nginx.ingress.kubernetes.io/configuration-snippet': '# a self-test' }),
      ),
    ],
  },
  {
    id: 'proxy',
    what: 'ask the API server by its own proxy whether it is well',
    rules: ['proxy-to-pod'],
    asks: () => [read(`${core}/namespaces/default/services/https:kubernetes:https/proxy/livez`)],
  },
  {
    id: 'api-service',
    what: 'ask for an API group that a service which is not there would serve',
    rules: ['api-service-registered'],
    asks: ({ own }) => [
      create('/apis/apiregistration.k8s.io/v1', '', 'apiservices', {
        metadata: { name: 'v1.selftest.bulwark.dev' },
        spec: {
          group: 'selftest.bulwark.dev',
          version: 'v1',
          groupPriorityMinimum: 100,
          versionPriority: 100,
          service: { namespace: own, name: 'none' },
        },
      }),
    ],
  },
]
