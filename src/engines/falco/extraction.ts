import { nearest } from '../../model/nearest.ts'
import { ConditionFault, type Operand } from './ast.ts'
import { auditFields, type Extraction, type Field } from './fields.ts'
import { transformed } from './transform.ts'
import { cutAtNul } from './utf8.ts'

/** Compiles the left side of a check or a token of an output. Throws a ConditionFault at `at`. */
export const extractionOf = (operand: Operand, at: number): Extraction => {
  switch (operand.kind) {
    case 'field':
      return fieldOf(operand.name, operand.argument, at)
    case 'literal': {
      const text = cutAtNul(operand.text)
      return { shape: 'text', read: () => text }
    }
    case 'tuple':
      return tupleOf(operand.operands, at)
    case 'transformer': {
      const operands = operand.operands.map((one) => extractionOf(one, at))
      try {
        return transformed(operand.name, operands, operand.argument)
      } catch (error) {
        throw error instanceof ConditionFault ? new ConditionFault(error.message, at, { mend: error.mend }) : error
      }
    }
  }
}

/** Upstream cuts an argument at its first `]` and the field at its first blank, and then misses the rest. */
const fieldOf = (name: string, written: string | undefined, at: number): Extraction => {
  const field = auditFields.get(name)
  if (field === undefined) {
    const near = nearest(name, auditFields.keys())
    throw new ConditionFault(`there is no field "${name}" in source k8s_audit`, at, {
      unknownField: true,
      mend: near === undefined ? '' : `Did you mean ${near}?`,
    })
  }
  if (written !== undefined && /[ \]]/.test(written)) {
    throw new ConditionFault(`the argument of ${name} has a blank or a "]" in it`, at)
  }
  checkArgument(name, field, written, at)
  return field.make(written === undefined ? undefined : cutAtNul(written))
}

const checkArgument = (name: string, field: Field, argument: string | undefined, at: number): void => {
  if (argument === undefined) {
    if (field.argument === 'key') throw new ConditionFault(`${name} wants an argument: ${name}[…]`, at)
    return
  }
  if (field.argument === 'none') throw new ConditionFault(`${name} takes no argument, but [${argument}] is given`, at)
  if (field.argument === 'index' && !/^(?:0|[1-9][0-9]{0,14})$/.test(argument)) {
    throw new ConditionFault(`the argument of ${name} is a number without leading zeros, not [${argument}]`, at)
  }
}

/** The texts of a list in a transformer; one that is missing makes the list missing. */
const tupleOf = (operands: readonly Operand[], at: number): Extraction => {
  const extractions = operands.map((operand) => extractionOf(operand, at))
  return {
    shape: 'list',
    read: (frame) => {
      const texts: string[] = []
      for (const extraction of extractions) {
        const value = extraction.read(frame)
        if (value === undefined) return undefined
        if (typeof value === 'object') for (const one of value) texts.push(one)
        else texts.push(String(value))
      }
      return texts
    },
  }
}
