/** Which fields the sources of rules have (userspace/engine/falco_source.h). */
import { ConditionFault, type Expression, type Operand } from './ast.ts'
import { extractionOf } from './extraction.ts'
import { parseCondition, parseOperand } from './parse-condition.ts'
import { isSyscallField } from './syscall-fields.ts'

/** The source whose events this engine reads. */
export const servedSource = 'k8s_audit'

/** Says of the text of a field in an exception whether the source has it; undefined for a source that is not known. */
export const fieldsOfSource = (source: string): ((field: string) => boolean) | undefined => {
  if (source === servedSource) return (field) => isFieldOf(field, (operand) => void extractionOf(operand, 0))
  return source === 'syscall' ? (field) => isFieldOf(field, (operand) => checkSyscallFields(operand)) : undefined
}

/**
 * Whether a field of an exception is one; `check` throws a ConditionFault where it is not. Upstream takes a text with a
 * parenthesis for the left side of a check (`tolower(…)`), and any other for a field, with nothing around it.
 */
const isFieldOf = (text: string, check: (operand: Operand) => void): boolean => {
  try {
    if (text.includes('(')) {
      for (const operand of operandsOf(parseCondition(`${text} exists`))) check(operand)
      return true
    }
    const { operand, length } = parseOperand(text)
    check(operand)
    return length === text.length
  } catch (error) {
    if (error instanceof ConditionFault) return false
    throw error
  }
}

const operandsOf = (expression: Expression): readonly Operand[] => {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.children.flatMap(operandsOf)
    case 'not':
      return operandsOf(expression.child)
    case 'exists':
      return [expression.left]
    case 'compare':
      return expression.right.kind === 'operand' ? [expression.left, expression.right.operand] : [expression.left]
    case 'macro':
      throw new ConditionFault(`"${expression.name}" is not a field`, expression.at)
  }
}

/** Throws a ConditionFault where a field is none of system calls, by its name. */
export const checkSyscallFields = (operand: Operand, at = 0): void => {
  const unknown = fieldNames(operand).find((name) => !isSyscallField(name))
  if (unknown !== undefined) {
    throw new ConditionFault(`there is no field "${unknown}" in source syscall`, at, { unknownField: true })
  }
}

const fieldNames = (operand: Operand): readonly string[] => {
  if (operand.kind === 'field') return [operand.name]
  return operand.kind === 'literal' ? [] : operand.operands.flatMap(fieldNames)
}
