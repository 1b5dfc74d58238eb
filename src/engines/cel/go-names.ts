/** Names of Go types, which some errors of cel-go tell. */
import {
  CelDuration,
  CelError,
  CelMap,
  CelObject,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelValue,
  isList,
  valueType,
} from './values.ts'

const objectNames: Readonly<Record<string, string>> = {
  'kubernetes.Quantity': 'cel.Quantity',
  'kubernetes.Semver': 'cel.Semver',
  'kubernetes.URL': 'cel.URL',
  'kubernetes.NamedFormat': 'cel.Format',
  'net.IP': 'cel.IP',
  'net.CIDR': 'cel.CIDR',
  'kubernetes.authorization.Authorizer': 'library.authorizerVal',
  'kubernetes.authorization.PathCheck': 'library.pathCheckVal',
  'kubernetes.authorization.GroupCheck': 'library.groupCheckVal',
  'kubernetes.authorization.ResourceCheck': 'library.resourceCheckVal',
  'kubernetes.authorization.Decision': 'library.decisionVal',
}

/** The Go type of a value inside cel-go. */
export function goName(value: CelValue): string {
  if (value instanceof CelError) return '*types.Err'
  switch (typeof value) {
    case 'string':
      return 'types.String'
    case 'bigint':
      return 'types.Int'
    case 'number':
      return 'types.Double'
    case 'boolean':
      return 'types.Bool'
  }
  if (value === null) return 'types.Null'
  if (isList(value)) return '*types.baseList'
  if (value instanceof CelMap) return '*types.baseMap'
  if (value instanceof CelOptional) return '*types.Optional'
  if (value instanceof CelUint) return 'types.Uint'
  if (value instanceof Uint8Array) return 'types.Bytes'
  if (value instanceof CelDuration) return 'types.Duration'
  if (value instanceof CelTimestamp) return 'types.Timestamp'
  if (!(value instanceof CelObject)) return '*types.Type'
  const { name } = valueType(value)
  return (Object.hasOwn(objectNames, name) ? objectNames[name] : undefined) ?? name
}

/** The Go type of a value that is read from a variable: a null there is Go's own. */
export const variableGoName = (value: CelValue): string => (value === null ? '<nil>' : goName(value))
