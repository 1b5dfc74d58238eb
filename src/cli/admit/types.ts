import {
  builtInKindNames,
  definedKinds,
  kindText,
  openApiKinds,
  type ResourceKind,
  type SchemaWorld,
  schemaWorld,
  type TypeFinding,
  typeFindings,
} from '../../engines/admission/index.ts'
import type { JsonObject } from '../../model/json.ts'
import { nearest } from '../../model/nearest.ts'
import type { KnownKind } from '../objects/built-in-kinds.ts'
import { type LoadedObject, nameOf, type Place, placeText } from '../objects/load.ts'
import type { Policies } from './policies.ts'

/** A part of an expression that does not fit the schema of some of the kinds that its policy matches. */
export interface TypeWarning {
  readonly policy: string
  /** `spec.validations[0].expression` */
  readonly path: string
  readonly message: string
  /** How to mend it; empty where nothing is near. */
  readonly mend: string
  /** The kinds whose schema it does not fit: `apps/v1, Kind=Deployment`. */
  readonly kinds: readonly string[]
  /**
   * True where no kind that the policy matches has it. False where the expression may well be right: it asks for the kind
   * first, or it treats objects of one shape (`containers + initContainers`) as what they are while it runs, which is dyn.
   */
  readonly certain: boolean
  readonly place: Place | undefined
}

/**
 * Checks the expressions of the policies that are given, by the schemas of Kubernetes' kinds, of the definitions and of the
 * documents. Of stored policies the API server has told the same when it took them.
 */
export const typeWarnings = (
  policies: Policies,
  definitions: readonly LoadedObject[],
  documents: readonly JsonObject[],
  kinds: readonly KnownKind[],
): readonly TypeWarning[] => {
  const world = worldOf(definitions, documents, kinds)
  return policies.given.flatMap(({ object, place }) => {
    const { name } = nameOf(object)
    return typeFindings(object, world, { wider: true })
      .filter(({ path }) => !refused(policies, name, path))
      .flatMap((finding) => warningsOf(name, finding, place))
  })
}

const worldOf = (
  definitions: readonly LoadedObject[],
  documents: readonly JsonObject[],
  kinds: readonly KnownKind[],
): SchemaWorld => {
  const builtIn = builtInKindNames().flatMap((one): readonly ResourceKind[] =>
    kinds
      .filter(({ group, kind }) => group === one.group && kind === one.kind)
      .map(({ resource }) => ({ ...one, resource })),
  )
  const defined = definitions.flatMap(({ object }) => definedKinds(object))
  const described = documents.map(openApiKinds)
  return schemaWorld(
    [...builtIn, ...defined, ...described.flatMap(({ resources }) => resources)],
    [
      ...described.flatMap(({ schemas }) => schemas),
      ...defined.flatMap(({ schema }) => (schema === undefined ? [] : [schema])),
    ],
  )
}

/** True where the expression does not compile without types either: that is told as a problem already. */
const refused = (policies: Policies, policy: string, path: string): boolean => policies.refused.has(`${policy} ${path}`)

/** One warning for what is the same at one place in several kinds. */
const warningsOf = (
  policy: string,
  { path, kinds, checked }: TypeFinding,
  place: LoadedObject['place'],
): readonly TypeWarning[] => {
  const everywhere = (at: number) =>
    kinds.filter(({ issues }) => issues.some((one) => one.at === at)).length === checked
  const byIssue = new Map<string, TypeWarning>()
  for (const { kind, issues } of kinds) {
    for (const { at, message, candidates } of issues) {
      const key = `${at} ${message}`
      const known = byIssue.get(key)
      const wrong = /'([^']*)'/.exec(message)?.[1] ?? ''
      const near = nearest(wrong, candidates ?? [])
      byIssue.set(key, {
        policy,
        path,
        message,
        mend: known?.mend || (near === undefined ? '' : `did you mean "${near}"?`),
        certain: !isOfShapes(message) && everywhere(at),
        kinds: [...new Set([...(known?.kinds ?? []), kindText(kind)])],
        place: at < 0 ? place(path) : place(path, at),
      })
    }
  }
  return [...byIssue.values()]
}

/** True where types of objects do not fit one another, which is only so by their names in the schema. */
const isOfShapes = (message: string): boolean =>
  /^(found no matching overload|expected type)/.test(message) && /[A-Z]\w*(\.[\w@]+)+|@(idx|elem)/.test(message)

const shownKinds = 3

/** The warning for a person. */
export const warningLine = ({ policy, path, message, mend, kinds, place, certain }: TypeWarning): string => {
  const at = placeText(place)
  const shown = kinds.slice(0, shownKinds).join('; ')
  const more = kinds.length > shownKinds ? ` and ${kinds.length - shownKinds} more` : ''
  return `${certain ? 'warning' : 'perhaps'}: ${at === '' ? '' : `${at}: `}${policy}: ${path}: ${message}${mend === '' ? '' : `; ${mend}`} (${shown}${more})`
}
