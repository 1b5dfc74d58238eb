import { quote } from '../../apimachinery/quote.ts'
import type { PodCheck, PodTest } from '../check.ts'
import type { Container } from '../pod.ts'
import { joinQuote, pluralize, settersOf, sortedSet } from '../text.ts'

const podAnnotation = 'seccomp.security.alpha.kubernetes.io/pod'
const containerAnnotationPrefix = 'container.seccomp.security.alpha.kubernetes.io/'

/**
 * Before 1.19: reads the annotations of the pod and of the containers that exist. Allowed: `runtime/default`,
 * `docker/default`, `localhost/*`; the empty text is not. Upstream: policy/check_seccompProfile_baseline.go.
 */
const allowedAnnotations: PodTest = (pod) => {
  const keys = new Set([podAnnotation, ...pod.containers.map((one) => `${containerAnnotationPrefix}${one.name}`)])
  const bad = [...keys].flatMap((key) => {
    const value = pod.annotations.get(key)
    return value === undefined || isAllowedAnnotation(value) ? [] : [{ key, value }]
  })
  if (bad.length === 0) return undefined
  const texts = sortedSet(bad.map(({ key, value }) => `${key}=${quote(value)}`))
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${pluralize('annotation', 'annotations', texts.length)} ${texts.join(', ')}`,
    paths: bad.map(({ key }) => `metadata.annotations[${JSON.stringify(key)}]`),
  }
}

const isAllowedAnnotation = (value: string): boolean =>
  value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/')

/**
 * From 1.19 on: reads `securityContext.seccompProfile.type` of pod and containers. Allowed: no profile, RuntimeDefault,
 * Localhost. Annotations no longer count.
 */
export const noForbiddenProfile: PodTest = (pod) => {
  const onPod = pod.securityContext?.seccompProfile
  const bad = pod.containers.filter((container) => isBadProfile(profileOf(container)))
  const setters = settersOf(
    isBadProfile(onPod),
    bad.map((one) => one.name),
  )
  if (setters.length === 0) return undefined
  const values = sortedSet([...(isBadProfile(onPod) ? [onPod] : []), ...bad.map((one) => profileOf(one) ?? '')])
  return {
    reason: 'seccompProfile',
    detail: `${setters.join(' and ')} must not set securityContext.seccompProfile.type to ${joinQuote(values)}`,
    paths: [
      ...(isBadProfile(onPod) ? ['spec.securityContext.seccompProfile.type'] : []),
      ...bad.map((one) => `${one.path}.securityContext.seccompProfile.type`),
    ],
  }
}

/** True for a profile that is there and not allowed. */
export const isBadProfile = (type: string | undefined): type is string =>
  type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost'

const profileOf = (container: Container): string | undefined => container.securityContext?.seccompProfile

export const seccompProfileBaseline: PodCheck = {
  id: 'seccompProfile_baseline',
  level: 'baseline',
  overrides: [],
  versions: [
    { minor: 0, test: allowedAnnotations },
    { minor: 19, test: noForbiddenProfile },
  ],
}
