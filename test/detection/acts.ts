/**
 * Techniques that are acted out, each by somebody of his own. Those that a rate or a sequence tells of come first, since
 * these wait for what comes late. A low rule opens no case alone: it stands behind one that does.
 */
import type { Act } from './act.ts'
import { accessActs } from './acts-access.ts'
import { controlActs } from './acts-control.ts'
import { workloadActs } from './acts-workloads.ts'

export const acts: readonly Act[] = [...accessActs, ...controlActs, ...workloadActs]
