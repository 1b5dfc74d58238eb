import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'

/** A field of a policy or binding that the API server would refuse, so that nothing can be said by it. */
export interface ShapeFault {
  readonly path: string
  readonly what: string
}

const lists = ['validations', 'mutations', 'variables', 'matchConditions', 'auditAnnotations', 'validationActions']
const objects = ['matchConstraints', 'matchResources', 'paramKind', 'paramRef']

/** What is missing or of a wrong type where the engine would read it as empty, which would pass for "allowed". */
export const shapeFaults = ({ metadata, spec }: JsonObject): readonly ShapeFault[] => [
  ...(isObject(metadata) && typeof metadata.name === 'string' && metadata.name !== ''
    ? []
    : [{ path: 'metadata.name', what: 'wants a text' }]),
  ...(isObject(spec) ? fieldFaults(spec) : [{ path: 'spec', what: 'wants an object' }]),
]

const fieldFaults = (spec: JsonObject): readonly ShapeFault[] => [
  ...lists
    .filter((field) => isSet(spec[field]) && !Array.isArray(spec[field]))
    .map((field) => ({ path: `spec.${field}`, what: 'wants a list' })),
  ...objects
    .filter((field) => isSet(spec[field]) && !isObject(spec[field]))
    .map((field) => ({ path: `spec.${field}`, what: 'wants an object' })),
]

const isSet = (value: JsonValue | undefined): boolean => value !== undefined && value !== null
