import type { PodCheck, PodTest } from '../check.ts'
import type { SELinuxOptions } from '../pod.ts'
import { joinQuote, pluralize, settersOf, sortedSet } from '../text.ts'

/**
 * Reads `securityContext.seLinuxOptions` of pod and containers. Allowed: a type of the list or none, no user, no role.
 * The level is free. Upstream: policy/check_seLinuxOptions.go.
 */
const onlyTypes =
  (allowedTypes: ReadonlySet<string>): PodTest =>
  (pod) => {
    const isBad = (options: SELinuxOptions | undefined): options is SELinuxOptions =>
      options !== undefined && (!allowedTypes.has(options.type) || options.user !== '' || options.role !== '')
    const onPod = pod.securityContext?.seLinuxOptions
    const bad = pod.containers.flatMap((container) => {
      const options = container.securityContext?.seLinuxOptions
      return isBad(options) ? [{ name: container.name, path: `${container.path}.securityContext`, options }] : []
    })
    const setters = settersOf(
      isBad(onPod),
      bad.map((one) => one.name),
    )
    if (setters.length === 0) return undefined

    const all = [...(isBad(onPod) ? [{ path: 'spec.securityContext', options: onPod }] : []), ...bad]
    const types = sortedSet(all.map((one) => one.options.type).filter((type) => !allowedTypes.has(type)))
    const data: string[] = []
    if (types.length > 0) data.push(`${pluralize('type', 'types', types.length)} ${joinQuote(types)}`)
    if (all.some((one) => one.options.user !== '')) data.push('user may not be set')
    if (all.some((one) => one.options.role !== '')) data.push('role may not be set')
    return {
      reason: 'seLinuxOptions',
      detail: `${setters.join(' and ')} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`,
      paths: all.flatMap(({ path, options }) => [
        ...(allowedTypes.has(options.type) ? [] : [`${path}.seLinuxOptions.type`]),
        ...(options.user === '' ? [] : [`${path}.seLinuxOptions.user`]),
        ...(options.role === '' ? [] : [`${path}.seLinuxOptions.role`]),
      ]),
    }
  }

const types = ['', 'container_t', 'container_init_t', 'container_kvm_t']

export const seLinuxOptions: PodCheck = {
  id: 'seLinuxOptions',
  level: 'baseline',
  overrides: [],
  versions: [
    { minor: 0, test: onlyTypes(new Set(types)) },
    { minor: 31, test: onlyTypes(new Set([...types, 'container_engine_t'])) },
  ],
}
