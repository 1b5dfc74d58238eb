/** `find` and `findAll`, after Kubernetes v1.37.2 `cel/library/regex.go`. */
import { type FunctionDeclaration, fn, type Implementation, memberBinary, memberEach } from '../environment.ts'
import { compileRegex } from '../regex.ts'
import { intType, listOf, stringType } from '../types.ts'
import { CelError, isError, noSuchOverload } from '../values.ts'

const find: Implementation = (text, pattern) => {
  if (typeof text !== 'string' || typeof pattern !== 'string') return noSuchOverload
  const regex = compileRegex(pattern)
  return isError(regex) ? new CelError(`Illegal regex: ${regex.message}`) : regex.find(text)
}

const findAll: Implementation = (text, pattern, limit = -1n) => {
  if (typeof text !== 'string' || typeof pattern !== 'string' || typeof limit !== 'bigint') return noSuchOverload
  const regex = compileRegex(pattern)
  return isError(regex) ? new CelError(`Illegal regex: ${regex.message}`) : regex.findAll(text, Number(limit))
}

export const regexFunctions: readonly FunctionDeclaration[] = [
  fn('find', memberBinary('string_find_string', [stringType, stringType], stringType, find)),
  fn(
    'findAll',
    memberBinary('string_find_all_string', [stringType, stringType], listOf(stringType), findAll),
    memberEach('string_find_all_string_int', [stringType, stringType, intType], listOf(stringType), findAll),
  ),
]
