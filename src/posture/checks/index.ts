import type { Check } from '../check.ts'
import { podSecurityChecks } from './pod-security.ts'

export type { Check, Control } from '../check.ts'

/** Every check, in the order in which findings are told. */
export const checks: readonly Check[] = [...podSecurityChecks]

/** The check of this id, or undefined. */
export const checkById = (id: string): Check | undefined => byId.get(id)

const byId: ReadonlyMap<string, Check> = new Map(checks.map((check) => [check.id, check]))
