import { quote } from '../../apimachinery/quote.ts'
import type { PodCheck, PodTest } from '../check.ts'
import { joinQuote, pluralize, settersOf, sortedSet } from '../text.ts'

const annotationPrefix = 'container.apparmor.security.beta.kubernetes.io/'

/**
 * Reads `securityContext.appArmorProfile.type` of pod and containers, and the older annotations. Allowed: RuntimeDefault,
 * Localhost; in annotations `runtime/default`, `localhost/*` and the empty text. An annotation counts even when there is
 * no container of its name. Upstream: policy/check_appArmorProfile.go.
 */
const noForbiddenProfile: PodTest = (pod) => {
  const podType = pod.securityContext?.appArmorProfile
  const podIsBad = podType !== undefined && !isAllowedType(podType)
  const bad = pod.containers.filter((container) => {
    const type = container.securityContext?.appArmorProfile
    return type !== undefined && !isAllowedType(type)
  })
  const annotations = [...pod.annotations].filter(
    ([key, value]) => key.startsWith(annotationPrefix) && !isAllowedAnnotation(value),
  )
  if (!podIsBad && bad.length === 0 && annotations.length === 0) return undefined

  const values = [
    ...sortedSet([...(podIsBad ? [podType] : []), ...bad.map((one) => one.securityContext?.appArmorProfile ?? '')]),
    ...sortedSet(annotations.map(([key, value]) => `${key}=${quote(value)}`)),
  ]
  const setters = settersOf(
    podIsBad,
    bad.map((one) => one.name),
  )
  if (annotations.length > 0) setters.push(pluralize('annotation', 'annotations', annotations.length))
  return {
    reason: pluralize('forbidden AppArmor profile', 'forbidden AppArmor profiles', values.length),
    detail: `${setters.join(' and ')} must not set AppArmor profile type to ${joinQuote(values)}`,
    paths: [
      ...(podIsBad ? ['spec.securityContext.appArmorProfile.type'] : []),
      ...bad.map((one) => `${one.path}.securityContext.appArmorProfile.type`),
      ...annotations.map(([key]) => `metadata.annotations[${JSON.stringify(key)}]`),
    ],
  }
}

const isAllowedType = (type: string): boolean => type === 'RuntimeDefault' || type === 'Localhost'

const isAllowedAnnotation = (value: string): boolean =>
  value === '' || value === 'runtime/default' || value.startsWith('localhost/')

export const appArmorProfile: PodCheck = {
  id: 'appArmorProfile',
  level: 'baseline',
  overrides: [],
  versions: [{ minor: 0, test: noForbiddenProfile }],
}
