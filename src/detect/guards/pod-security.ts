import { compareLevels, levelLabel, policyFor, versionLabel } from '../../engines/pod-security/index.ts'
import { asObject, asText, type JsonObject } from '../../model/json.ts'
import { type Guard, operations, picked, unknownBefore } from './guard.ts'

const level = levelLabel('enforce')
const version = versionLabel('enforce')
const guard = 'pod-security.enforce'

/**
 * What the labels of a namespace let in: a level that is less strict, or an older version of the same. A namespace without
 * the label is taken for privileged, as by an API server whose AdmissionConfiguration says nothing else. Only `enforce`
 * keeps anything out. https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
export const podSecurity: Guard = {
  group: '',
  resource: 'namespaces',
  keep: (body) => ({ metadata: { labels: picked(asObject(asObject(body.metadata).labels), [level, version]) } }),
  lowered: (before, after) => {
    const [was, is] = [enforced(before), enforced(after)]
    const weaker = compareLevels(is.level, was.level)
    if (weaker < 0) return [{ guard, from: was.level, to: is.level }]
    const isOlder = weaker === 0 && was.level !== 'privileged' && minor(is.version) < minor(was.version)
    return isOlder ? [{ guard: `${guard}-version`, from: was.version, to: is.version }] : []
  },
  named: (change) => {
    const labels = asObject(asObject(asObject(change).metadata).labels)
    const path = `/metadata/labels/${level.replace('/', '~1')}`
    const isWeakest =
      (Object.hasOwn(labels, level) && (labels[level] === null || labels[level] === 'privileged')) ||
      operations(change).some((one) => one.path === path && (one.op === 'remove' || one.value === 'privileged'))
    return isWeakest ? [{ guard, from: unknownBefore, to: 'privileged' }] : []
  },
}

const enforced = (kept: JsonObject) => {
  const labels = Object.entries(asObject(asObject(kept.metadata).labels)).map(
    ([key, value]) => [key, asText(value)] as const,
  )
  return policyFor(Object.fromEntries(labels)).policy.enforce
}

const minor = (one: string): number => (one === 'latest' ? Number.POSITIVE_INFINITY : Number(one.slice('v1.'.length)))
