/** The two ready environments: Kubernetes 1.37's (`apiserver/pkg/cel/environment/base.go`), and plain CEL as cel-go has it. */
import { type Environment, joinFunctions, noStructs } from './environment.ts'
import { authorizerFunctions } from './library/authorizer.ts'
import { listFunctions, mapFunctions, setFunctions } from './library/lists.ts'
import { formatFunctions } from './library/named-format.ts'
import { cidrType, ipType, networkFunctions } from './library/network.ts'
import { operatorFunctions } from './library/operators.ts'
import { optionalFunctions } from './library/optionals.ts'
import { quantityFunctions } from './library/quantity.ts'
import { regexFunctions } from './library/regex.ts'
import { semverFunctions } from './library/semver.ts'
import { standardFunctions } from './library/standard.ts'
import { stringFunctions, stringReverse } from './library/strings.ts'
import { timeFunctions } from './library/time.ts'
import { urlFunctions } from './library/url.ts'
import { kubernetesMacros, MacroTable } from './macros.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  intType,
  listValueType,
  mapValueType,
  nullType,
  optionalValueType,
  stringType,
  timestampType,
  typeType,
  uintType,
} from './types.ts'

const named = (types: readonly CelType[]): ReadonlyMap<string, CelType> =>
  new Map(types.map((type) => [type.name, type]))

const plainTypes: readonly CelType[] = [
  boolType,
  bytesType,
  doubleType,
  durationType,
  intType,
  listValueType,
  mapValueType,
  nullType,
  optionalValueType,
  stringType,
  timestampType,
  typeType,
  uintType,
]

const shared = [
  operatorFunctions,
  standardFunctions,
  timeFunctions,
  optionalFunctions,
  stringFunctions,
  setFunctions,
  mapFunctions,
]

/** What expressions of Kubernetes 1.37 may use, but for the variables, which each use of CEL adds itself. */
export const kubernetesEnvironment: Environment = {
  container: '',
  variables: new Map(),
  functions: joinFunctions(
    ...shared,
    urlFunctions,
    regexFunctions,
    authorizerFunctions,
    quantityFunctions,
    networkFunctions,
    formatFunctions,
    semverFunctions,
    listFunctions,
  ),
  typeNames: named([...plainTypes, ipType, cidrType]),
  structs: noStructs,
  macros: new MacroTable(kubernetesMacros),
  homogeneousLiterals: true,
}

/** CEL with its standard library, optionals, strings and two-variable macros; lists may mix types. */
export const plainEnvironment: Environment = {
  ...kubernetesEnvironment,
  functions: joinFunctions(...shared, stringReverse),
  typeNames: named(plainTypes),
  homogeneousLiterals: false,
}
