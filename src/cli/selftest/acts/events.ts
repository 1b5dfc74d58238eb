/** Event objects in the own namespace, of things that did not happen. */
import type { JsonObject } from '../../../model/json.ts'
import { type Act, type Ask, core } from '../act.ts'

/** One that tells of a thing once, and then of many times. `{time}` and `{mark}` are filled in when it is sent. */
const repeated = (own: string, name: string, count: number, body: JsonObject): readonly Ask[] => [
  {
    method: 'POST',
    path: `${core}/namespaces/${own}/events`,
    body: {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: own },
      type: 'Warning',
      count: 1,
      firstTimestamp: '{time}',
      lastTimestamp: '{time}',
      source: { component: '{mark}' },
      ...body,
    },
    isReal: true,
  },
  {
    method: 'PATCH',
    patch: 'merge',
    path: `${core}/namespaces/${own}/events/${name}`,
    body: { count, lastTimestamp: '{time}' },
    isReal: true,
  },
]

export const eventActs: readonly Act[] = [
  {
    id: 'pods-not-made',
    what: 'write an Event that pods of a ReplicaSet which is not there were refused twelve times',
    rules: ['pod-not-made', 'pods-not-made'],
    asks: ({ own }) =>
      repeated(own, 'pods-not-made', 13, {
        reason: 'FailedCreate',
        message: 'Error creating: pods "none-" is forbidden: exceeded quota (a self-test)',
        involvedObject: { apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: own, name: 'none' },
      }),
    isSynthetic: true,
  },
  {
    id: 'back-off',
    what: 'write an Event that its own pod which never runs backed off seventy times',
    rules: ['back-off', 'back-off-storm'],
    asks: ({ own }) =>
      repeated(own, 'back-off', 71, {
        reason: 'BackOff',
        message: 'Back-off restarting failed container (a self-test)',
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: own, name: 'falco-selftest' },
      }),
    isSynthetic: true,
  },
  {
    id: 'autoscaler',
    what: 'write an Event that an autoscaler which is not there had no metric thirty times',
    rules: ['metric-missing', 'autoscaler-blind'],
    asks: ({ own }) =>
      repeated(own, 'autoscaler', 31, {
        reason: 'FailedGetResourceMetric',
        message: 'failed to get cpu utilization (a self-test)',
        involvedObject: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace: own, name: 'none' },
      }),
    isSynthetic: true,
  },
]
