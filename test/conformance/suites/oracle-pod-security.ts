import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { evaluatePod, messageOf, parsePolicyVersion } from '../../../src/engines/pod-security/index.ts'
import type { PodSecurityLevel } from '../../../src/model/posture.ts'
import { readJsonLines } from '../json-lines.ts'
import { type CaseResult, type Suite, subset } from '../suite.ts'

/** Random pods with the verdicts and texts of k8s.io/pod-security-admission itself. One case a verdict. */
export const suite: Suite = {
  name: 'oracle-pod-security',
  *run({ dir, quick }) {
    const lines = readJsonLines(join(dir, 'cases.jsonl.gz')) as readonly OracleLine[]
    for (const { id, pod, expected } of subset(lines, quick)) {
      for (const [index, verdict] of expected.entries()) yield judge(`${id}/${index}`, pod, verdict)
    }
  },
}

interface OracleLine {
  readonly id: string
  readonly pod: { readonly metadata: unknown; readonly spec: unknown }
  readonly expected: readonly Verdict[]
}

interface Verdict {
  readonly level: PodSecurityLevel
  readonly version: string
  readonly allowed: boolean
  readonly violations: readonly { readonly reason: string; readonly detail: string }[]
  readonly message: string
}

const judge = (id: string, pod: OracleLine['pod'], verdict: Verdict): CaseResult => {
  const { level } = verdict
  const version = parsePolicyVersion(verdict.version)
  const name = `${id} ${level}:${verdict.version}`
  const expected = { allowed: verdict.allowed, violations: [...verdict.violations], message: verdict.message }
  if (version === undefined) return { name, ok: false, expected, got: `no version: ${verdict.version}` }
  const evaluation = evaluatePod({ level, version }, pod)
  const got = {
    allowed: evaluation.allowed,
    violations: evaluation.violations.map(({ reason, detail }) => ({ reason, detail })),
    message: messageOf(evaluation.violations),
  }
  return { name, ok: isDeepStrictEqual(got, expected), expected, got }
}
