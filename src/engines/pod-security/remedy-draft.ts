import type { JsonObject, JsonValue } from '../../model/json.ts'
import type { CheckId } from './check.ts'
import type { Container, Pod } from './pod.ts'

/** How to bring a pod to a level by settings alone. Whether its program still works then, nobody can say from here. */
export interface Remedy {
  /** A strategic merge patch over `{metadata, spec}` of the pod or pod template; undefined when there is nothing to set. */
  readonly patch: JsonObject | undefined
  /** What no setting mends. Empty when the patch reaches the level. */
  readonly unmendable: readonly Unmendable[]
}

/** A fault that needs more than a setting. */
export interface Unmendable {
  readonly check: CheckId
  readonly why: string
  readonly paths: readonly string[]
}

/** A strategic merge patch of a pod while it is put together. Containers are addressed by their name, as the merge does. */
export class PatchDraft {
  readonly #patch: Draft = {}
  readonly #containers: ReadonlyMap<string, Container>
  /** How many containers have the list and name: `containers/web`. */
  readonly #namesakes = new Map<string, number>()
  readonly #drafts = new Map<string, Draft>()
  readonly #unmendable: (Unmendable & { readonly paths: string[] })[] = []

  constructor(pod: Pod) {
    this.#containers = new Map(pod.containers.map((container) => [container.path, container]))
    for (const { list, name } of pod.containers) {
      const key = `${list}/${name}`
      this.#namesakes.set(key, (this.#namesakes.get(key) ?? 0) + 1)
    }
  }

  /** Sets the field at a path from the pod's root. A container that cannot be addressed makes the fault unmendable. */
  set(check: CheckId, path: string, value: JsonValue): void {
    const container = this.#containers.get(containerPathOf(path) ?? '')
    if (container === undefined) {
      put(this.#patch, stepsOf(path), value)
      return
    }
    const why = this.#whyOutOfReach(container)
    if (why === undefined) put(this.#draftOf(container), stepsOf(path.slice(container.path.length + 1)), value)
    else this.giveUp(check, why, [path])
  }

  /** Notes what no setting mends. */
  giveUp(check: CheckId, why: string, paths: readonly string[]): void {
    const known = this.#unmendable.find((one) => one.check === check && one.why === why)
    if (known === undefined) this.#unmendable.push({ check, why, paths: [...paths] })
    else for (const path of paths) known.paths.push(path)
  }

  finish(): Remedy {
    // Drafts hold nothing but JSON values.
    const patch = this.#patch as JsonObject
    return { patch: Object.keys(patch).length === 0 ? undefined : patch, unmendable: this.#unmendable }
  }

  #whyOutOfReach(container: Container): string | undefined {
    if (container.list === 'ephemeralContainers') return 'ephemeral containers cannot be changed: restart the pod'
    if (container.name === '') return 'a container without a name cannot be addressed by a patch'
    return this.#namesakes.get(`${container.list}/${container.name}`) === 1
      ? undefined
      : 'two containers have one name, which a patch cannot tell apart'
  }

  #draftOf(container: Container): Draft {
    const known = this.#drafts.get(container.path)
    if (known !== undefined) return known
    const draft: Draft = { name: container.name }
    this.#drafts.set(container.path, draft)
    const spec = child(this.#patch, 'spec')
    const list = spec[container.list]
    if (Array.isArray(list)) list.push(draft)
    else spec[container.list] = [draft]
    return draft
  }
}

/** The path of the container that a path leads into, undefined when it leads into none. */
export const containerPathOf = (path: string): string | undefined =>
  /^spec\.(?:initContainers|containers|ephemeralContainers)\[\d+\]/.exec(path)?.[0]

interface Draft {
  [key: string]: JsonValue | Draft | Draft[]
}

const put = (draft: Draft, steps: readonly string[], value: JsonValue): void => {
  let at = draft
  for (const step of steps.slice(0, -1)) at = child(at, step)
  at[steps.at(-1) ?? ''] = value
}

const child = (draft: Draft, step: string): Draft => {
  const known = draft[step]
  if (typeof known === 'object' && known !== null && !Array.isArray(known)) return known as Draft
  const made: Draft = {}
  draft[step] = made
  return made
}

/** `spec.securityContext` or `metadata.annotations["a.b/c"]`; lists are never stepped into. */
const stepsOf = (path: string): readonly string[] => {
  const quoted = path.indexOf('["')
  if (quoted < 0) return path.split('.')
  return [...path.slice(0, quoted).split('.'), String(JSON.parse(path.slice(quoted + 1, -1)))]
}
