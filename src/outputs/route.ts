import type { Case } from '../model/case.ts'
import { compareSeverity, type Severity } from '../model/finding.ts'

/** Which cases go to an output. */
export interface Route {
  /** At least so severe. */
  readonly severity: Severity
  /** Names or, with `*` at the end, beginnings of names; empty: any, and cases that touch none. */
  readonly namespaces: readonly string[]
  /** True: only cases that touch a namespace whose label or annotation `bulwark.dev/notify` names the output. */
  readonly byNamespace: boolean
}

/** Whether an output is told of a case. */
export const wants = (
  { severity, namespaces, byNamespace }: Route,
  output: string,
  one: Case,
  notifyOf: (namespace: string) => readonly string[],
): boolean => {
  if (compareSeverity(one.severity, severity) < 0) return false
  if (byNamespace && !one.namespaces.some((namespace) => notifyOf(namespace).includes(output))) return false
  return namespaces.length === 0 || one.namespaces.some((namespace) => namespaces.some((form) => fits(form, namespace)))
}

const fits = (form: string, namespace: string): boolean =>
  form.endsWith('*') ? namespace.startsWith(form.slice(0, -1)) : namespace === form

/** What a namespace's label or annotation says: names separated by commas; a label cannot hold commas, so also by dots. */
export const readNotify = (text: string): readonly string[] =>
  text
    .split(/[,.\s]+/)
    .map((name) => name.trim())
    .filter((name) => name !== '')
