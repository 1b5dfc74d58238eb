/** `jsonpatch.escapeKey`, after Kubernetes v1.37.2 `cel/library/jsonpatch.go`. */
import { type FunctionDeclaration, fn, unary } from '../environment.ts'
import { stringType } from '../types.ts'
import { noSuchOverload } from '../values.ts'

export const jsonPatchFunctions: readonly FunctionDeclaration[] = [
  fn(
    'jsonpatch.escapeKey',
    unary('string_jsonpatch_escapeKey_string', [stringType], stringType, (key) =>
      typeof key === 'string' ? key.replaceAll('~', '~0').replaceAll('/', '~1') : noSuchOverload,
    ),
  ),
]
