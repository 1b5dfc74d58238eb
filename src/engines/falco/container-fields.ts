/** Fields of the containers of a pod (extractContainerField of extract.go). Each gives one list over all containers. */
import { type EventValue, get, getPath, isList, stringOf, textOf } from './event.ts'
import { cutAtNul } from './utf8.ts'
import { allTexts, type Found, presentTexts, walk } from './walk.ts'

/** Reads the field from the event, for all containers or the one at `index`. Undefined: missing. */
export type ContainerReader = (event: EventValue, index: number | undefined) => readonly string[] | undefined

/** The fields of `spec.<list>`, by what follows `ka.req.pod.<list>.`. */
export const containerReaders = (list: string): ReadonlyMap<string, ContainerReader> => {
  const at = (...keys: readonly string[]) => {
    const path = ['requestObject', 'spec', list, ...keys]
    return (event: EventValue, index: number | undefined): Found | undefined => walk(event, path, index)
  }
  const context = (...keys: readonly string[]): ContainerReader => {
    const find = at('securityContext', ...keys)
    return (event, index) => presentTexts(find(event, index))
  }
  const whole = (key: string): ContainerReader => {
    const find = at(key)
    return (event, index) => allTexts(find(event, index))
  }
  const image = whole('image')
  const readers: readonly (readonly [string, ContainerReader])[] = [
    ['name', whole('name')],
    ['image', image],
    ['image.repository', (event, index) => image(event, index)?.map(repositoryOf)],
    ['command', joined(at('command'))],
    ['args', joined(at('args'))],
    ['host_port', hostPorts(at('ports'))],
    ['privileged', context('privileged')],
    ['allow_privilege_escalation', context('allowPrivilegeEscalation')],
    ['read_only_fs', context('readOnlyRootFilesystem')],
    ['run_as_user', context('runAsUser')],
    ['run_as_group', context('runAsGroup')],
    ['eff_run_as_user', effective(at('runAsUser'), 'runAsUser')],
    ['eff_run_as_group', effective(at('runAsGroup'), 'runAsGroup')],
    ['proc_mount', context('procMount')],
    // The list behind the last key is one value: each container gives the JSON text of its whole list.
    ['add_capabilities', context('capabilities', 'add')],
  ]
  return new Map(list === 'ephemeralContainers' ? readers.filter(([name]) => name !== 'host_port') : readers)
}

type Find = (event: EventValue, index: number | undefined) => Found | undefined

/** Cut at the first `:`, then at the first `@`; a registry's port ends it, too. */
export const repositoryOf = (image: string): string => (image.split(':')[0] ?? '').split('@')[0] ?? ''

const joined =
  (find: Find): ContainerReader =>
  (event, index) => {
    const lines: string[] = []
    for (const words of find(event, index) ?? []) {
      if (words === undefined) continue
      if (!isList(words)) return undefined
      const texts = words.map(stringOf)
      if (texts.includes(undefined)) return undefined
      lines.push(cutAtNul(texts.join(' ')))
    }
    return lines
  }

const hostPorts =
  (find: Find): ContainerReader =>
  (event, index) => {
    const texts: string[] = []
    for (const ports of find(event, index) ?? []) {
      if (ports === undefined) continue
      if (!isList(ports)) return undefined
      for (const port of ports) {
        const onHost = get(port, 'hostPort')
        // A null is a value, too.
        const number = onHost === undefined ? get(port, 'containerPort') : onHost
        if (number !== undefined) texts.push(textOf(number))
      }
    }
    return texts
  }

/** Upstream looks for the default, and for each container's value, beside the security contexts and not in them. */
const effective =
  (find: Find, key: string): ContainerReader =>
  (event, index) => {
    const ofPod = getPath(event, ['requestObject', 'spec', key])
    const fallback = ofPod === undefined ? '0' : textOf(ofPod)
    return find(event, index)?.map((one) => (one === undefined ? fallback : textOf(one)))
  }
