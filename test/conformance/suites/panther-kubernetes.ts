import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parse } from 'yaml'
import { isObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts'
import { auditEventsOf } from '../../../src/sources/audit/envelopes.ts'
import { ruleFiles } from '../../rules/files.ts'
import { judgeOf } from '../../rules/judge.ts'
import { rulesThatClaim } from '../panther-rules.ts'
import type { CaseResult, Suite } from '../suite.ts'

/**
 * Events that Panther's Kubernetes rules are labelled with, in the envelopes of EKS, AKS and GKE: the rules of ours that
 * claim the same behaviour (panther-rules.ts) give the same verdict on each. What a rule of Panther's counts over time
 * (its threshold) is a correlation with us: the label is for the event that is counted.
 */
export const suite: Suite = {
  name: 'panther-kubernetes',
  *run({ dir }) {
    const { judge } = judgeOf(ruleFiles('bulwark'), 'bulwark', 'all')
    for (const file of yamlBelow(dir)) {
      const rule: unknown = parse(readFileSync(join(dir, file), 'utf8'))
      if (!isObject(rule) || !Array.isArray(rule.Tests)) continue
      const claiming = rulesThatClaim(String(rule.RuleID))
      for (const test of rule.Tests) {
        if (!isObject(test) || test.Log === undefined) continue
        const name = `${file}: ${test.Name}`
        const events = auditEventsOf(test.Log).map(whole)
        const fired = new Set(judge(events).map((one) => one.rule))
        const got = claiming.some((one) => fired.has(one))
        yield verdict(name, test.ExpectedResult, got, [claiming, [...fired]])
      }
    }
  },
}

const yamlBelow = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yml'))
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort()

const verdict = (
  name: string,
  expected: JsonValue | undefined,
  got: boolean,
  [claiming, fired]: readonly (readonly string[])[],
): CaseResult => ({
  name,
  ok: got === expected,
  expected: `${expected} of ${claiming?.join(', ') || 'no rule of ours'}`,
  got: `fired: ${fired?.join(', ') || 'none'}`,
})

const moment = '2026-01-05T08:00:00.000000Z'

/** The samples are cut short: what every audit event has is filled in. Their times are not as the API server writes them. */
const whole = (event: JsonObject, index: number): JsonObject => ({
  auditID: `sample-${index}`,
  stage: 'ResponseComplete',
  ...event,
  requestReceivedTimestamp: moment,
  stageTimestamp: moment,
})
