/** How rules are acted out: plain data, so that what will be done can be read, and told, before anything is. */
import type { JsonObject } from '../../model/json.ts'
import { mark } from './names.ts'

/**
 * Who asks. `person`: the user of the kubeconfig. `helper`: a service account of the self-test that may do a little in its
 * own namespaces. `visitor`: one without any right. `nobody`: no credentials. `guesser`: worthless ones.
 */
export type Who = 'person' | 'helper' | 'visitor' | 'nobody' | 'guesser'

/** One request to the API server. */
export interface Ask {
  readonly as?: Who
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Path and query. `{n}` is the number of the repetition. */
  readonly path: string
  readonly body?: JsonObject
  /** Of a PATCH. */
  readonly patch?: 'apply' | 'merge' | 'strategic'
  /** A write that is not a dry run: only below the self-test's own namespaces, or one that keeps nothing. */
  readonly isReal?: true
  /** Asks to change the protocol, as exec and port-forward do; cut as soon as it is changed. */
  readonly isUpgrade?: true
  /** Address that is claimed in X-Forwarded-For. */
  readonly from?: string
  /** What stands in front of the mark in the user agent. */
  readonly client?: string
  /** Impersonated. */
  readonly asUser?: string
  /** What is to come: 2xx or 101 if nothing is said. `refused`: 401 or 403, `forbidden`: 403, `missing`: 404. */
  readonly expect?: 'refused' | 'forbidden' | 'missing' | 'anything'
  readonly times?: number
}

/** What acts need to know of the cluster and of what was made for them. */
export interface Place {
  /** The namespace of the self-test, in which Pod Security is restricted. */
  readonly own: string
  /** The one in which any pod may be asked for, as a dry run. */
  readonly open: string
  /** The user of the kubeconfig, as the API server names it. */
  readonly me: string
  /** A node, and a pod of kube-system; empty where there is none, or it may not be seen. */
  readonly node: string
  readonly systemPod: string
  /** The first three parts of public addresses that nobody has, others in each run: `198.18.7`. */
  readonly network: string
}

export interface Act {
  /** Small letters, digits and `-`; part of the user agent of its requests. */
  readonly id: string
  /** For a person, after "will": `ask for a privileged pod`. */
  readonly what: string
  /** Names of rules of ours that fire by it. */
  readonly rules: readonly string[]
  readonly asks: (place: Place) => readonly Ask[]
  /** Ids of acts without which this one proves nothing. */
  readonly after?: readonly string[]
  /** Before the pod of the self-test is made. */
  readonly isFirst?: true
  /** Needs the pod of the self-test to run. */
  readonly needsPod?: true
  /** Its rules pass over users whose names begin with `system:`. */
  readonly needsPerson?: true
  /** What it needs of the place, where that may be missing. */
  readonly lacks?: (place: Place) => string
  /** Event objects are made by hand: what they tell did not happen. */
  readonly isSynthetic?: true
}

/**
 * The API server decodes this to `All`: a request that goes through authorization, admission and validation and changes
 * nothing. Rules leave dry runs out by the plain spelling, as every client writes it (rules/bulwark/filters.yml), so that
 * one spelled this way is judged as if it were none.
 */
export const dryRun = 'dryRun=%41ll'

export const core = '/api/v1'
export const apps = '/apis/apps/v1'
export const batch = '/apis/batch/v1'
export const rbac = '/apis/rbac.authorization.k8s.io/v1'
export const networking = '/apis/networking.k8s.io/v1'
export const admission = '/apis/admissionregistration.k8s.io/v1'

export const pauseImage = 'registry.k8s.io/pause:3.10'
/** Nothing has this label. */
export const nothing = encodeURIComponent(`${mark}=nothing`)
export const byHand = 'kubectl/v1.0.0'

export const create = (
  api: string,
  namespace: string,
  resource: string,
  body: JsonObject,
  more: Partial<Ask> = {},
): Ask => ({
  method: 'POST',
  path: namespace === '' ? `${api}/${resource}` : `${api}/namespaces/${namespace}/${resource}`,
  body,
  ...more,
})

/** Server-side apply, which makes what is not there. */
export const apply = (path: string, body: JsonObject): Ask => ({
  method: 'PATCH',
  patch: 'apply',
  path: `${path}?fieldManager=bulwark-selftest&force=true`,
  body,
})

/** All of a kind in a namespace that have a label which nothing has: as a dry run besides. */
export const removeNone = (path: string, more: Partial<Ask> = {}): Ask => ({
  method: 'DELETE',
  path: `${path}?labelSelector=${nothing}`,
  ...more,
})

/** As {@link removeNone}, without a selector: only below the own namespaces. */
export const removeAll = (path: string, more: Partial<Ask> = {}): Ask => ({ method: 'DELETE', path, ...more })

export const read = (path: string, more: Partial<Ask> = {}): Ask => ({ method: 'GET', path, ...more })

export const podNamed = (name: string, spec: JsonObject = {}, container: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    automountServiceAccountToken: false,
    containers: [{ name: 'none', image: pauseImage, ...container }],
    ...spec,
  },
})

/** A label of no pod and no machine. */
export const never: JsonObject = { [mark]: 'never' }

/** The pod template of a workload that no machine fits. */
export const template = (spec: JsonObject = {}, container: JsonObject = {}): JsonObject => ({
  metadata: { labels: never },
  spec: {
    nodeSelector: never,
    containers: [{ name: 'none', image: pauseImage, ...container }],
    ...spec,
  },
})

export const selector: JsonObject = { matchLabels: never }
