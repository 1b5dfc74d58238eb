/** So many detection rules as a large installation has: all that ship, filled up with made-up ones. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDetector } from '../../src/detect/detector.ts'
import { isRuleFile, loadRuleSet, type RuleFile } from '../../src/detect/rule-set.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { shippedSets } from '../../src/server/detection/rule-keeper.ts'
import { type AuditLoad, auditRecords } from './store-records.ts'

export const rulesWanted = 300

const folder = join(import.meta.dirname, '..', '..', 'rules')

const shippedFiles = (): readonly RuleFile[] =>
  shippedSets.flatMap((set) =>
    (existsSync(join(folder, set)) ? readdirSync(join(folder, set), { recursive: true, encoding: 'utf8' }) : [])
      .filter(isRuleFile)
      .map((name) => ({ name: `${set}/${name}`, text: readFileSync(join(folder, set, name), 'utf8'), origin: set })),
  )

const madeRules = (shipped: readonly RuleFile[]): readonly RuleFile[] => {
  const running = loadRuleSet(shipped).entries.filter(({ idle }) => idle === '').length
  return Array.from({ length: Math.max(0, rulesWanted - running) }, (_, index) => madeRule(index))
}

/** All shipped sets, filled up with made-up rules to {@link rulesWanted}. */
export const manyRules = (): readonly RuleFile[] => {
  const shipped = shippedFiles()
  return [...shipped, ...madeRules(shipped)]
}

/** Arguments of a server with the same rules on. The made-up ones are written to `dir`. */
export const manyRulesOn = (dir: string): readonly string[] => {
  mkdirSync(dir, { recursive: true })
  for (const [index, { text }] of madeRules(shippedFiles()).entries()) writeFileSync(join(dir, `${index}.yml`), text)
  return ['--rules', dir, '--rule-sets', shippedSets.join(',')]
}

/** Looks at writes of one name among 40 resources; no event of these benchmarks has that name. */
export const madeRule = (index: number): RuleFile => ({
  name: `made/${index}.yml`,
  origin: 'user',
  text: `title: Made ${index}
name: made-${index}
level: medium
logsource: {product: kubernetes, service: audit}
detection:
  selection:
    verb: [create, update, patch, delete]
    objectRef.resource: [resource-${index % 40}, secrets]
    objectRef.name|startswith: made-${index}
  filter: {user.username|startswith: 'system:'}
  condition: selection and not filter
`,
})

/** Audit events that none of these rules fires on by itself. */
export const quietEvents = (load: AuditLoad): readonly JsonObject[] => {
  const detector = createDetector(loadRuleSet(manyRules()), { enabled: () => true })
  const quiet: JsonObject[] = []
  for (let first = load.first; quiet.length < load.count; first += load.count)
    for (const placed of auditRecords({ ...load, first }))
      if (placed.record.kind === 'audit' && detector.step([placed]).length === 0) quiet.push(placed.record.event)
  return quiet.slice(0, load.count)
}
