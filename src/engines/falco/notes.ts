import type { ItemKind, Place, ProblemCode, RuleProblem } from './types.ts'

/** What a problem is about. */
export interface Subject {
  readonly item: ItemKind
  readonly name: string
  readonly place: Place
}

/** Ends the reading of a file, or of one definition, with its problem. */
export class LoadFault extends Error {
  readonly problem: RuleProblem

  constructor(problem: RuleProblem) {
    super(problem.what)
    this.problem = problem
  }
}

export const problemOf = (
  severity: RuleProblem['severity'],
  code: ProblemCode,
  { item, name, place }: Subject,
  what: string,
  mend = '',
): RuleProblem => ({ severity, code, item, name, what, mend, ...place })

/** Throws an error about the shape of an item. */
export function malformed(subject: Subject, what: string, mend = ''): never {
  throw new LoadFault(problemOf('error', 'LOAD_ERR_YAML_VALIDATE', subject, what, mend))
}

/** Throws an error about what a definition means. */
export function invalid(subject: Subject, what: string, mend = ''): never {
  throw new LoadFault(problemOf('error', 'LOAD_ERR_VALIDATE', subject, what, mend))
}
