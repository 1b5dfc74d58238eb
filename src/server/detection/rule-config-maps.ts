import { isRuleFile, type RuleFile, type RuleSetProblem } from '../../detect/rule-set.ts'
import type { Snapshot } from '../../state/snapshot.ts'
import { problemOf } from './rule-files.ts'

/** ConfigMaps with this label and the value `true` hold rules: each key that ends in .yml or .yaml is a file. */
export const rulesLabel = 'bulwark.dev/rules'

/** What the recorder puts in the place of something that looks like a secret. */
const masked = /\[(?:removed|redacted sha256:[0-9a-f]{8})\]/

/** Rules in the cluster, as the live state has them. */
export interface ConfigMapReading {
  readonly files: readonly RuleFile[]
  readonly problems: readonly RuleSetProblem[]
  /** Names of files that are there and cannot be taken as they are now: what they held before goes on. */
  readonly unreadable: readonly string[]
}

/**
 * Rules in the labelled ConfigMaps of a namespace, as the live state has them: after redaction, so a file in which
 * something was taken for a secret is refused and not run as something else.
 */
export const configMapRules = (state: Snapshot, namespace: string): ConfigMapReading => {
  const files: RuleFile[] = []
  const problems: RuleSetProblem[] = []
  const unreadable: string[] = []
  const maps = [...state.objects({ group: '', kind: 'ConfigMap', namespace })]
    .filter(({ body }) => body.metadata?.labels?.[rulesLabel] === 'true')
    .sort((a, b) => (a.ref.name < b.ref.name ? -1 : 1))
  for (const { ref, body } of maps) {
    const data = typeof body.data === 'object' && body.data !== null ? body.data : {}
    for (const [key, text] of Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const name = `ConfigMap ${namespace}/${ref.name}: ${key}`
      if (typeof text !== 'string' || !isRuleFile(key)) continue
      if (masked.test(text)) {
        unreadable.push(name)
        const what = 'something in it looks like a secret and is not in the record, so the file is not run'
        problems.push(problemOf(name, what, 'Write the value in another way, or give the file by --rules'))
      } else files.push({ name, text, origin: 'user' })
    }
  }
  return { files, problems, unreadable }
}
