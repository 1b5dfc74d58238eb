import type { FalcoRule } from '../engines/falco/index.ts'
import type { Head } from '../engines/sigma/index.ts'
import type { Severity } from '../model/finding.ts'
import { asString, isObject, type JsonObject } from '../model/json.ts'
import { severityOfPriority } from '../model/record.ts'
import type { RuleGuide, RuleHead, RuleOrigin } from '../model/rule.ts'

/** A Sigma level as a severity: one to one. A rule without a level is medium. */
export const severityOfLevel = (level: Head['level']): Severity =>
  level === undefined ? 'medium' : level === 'informational' ? 'info' : level

/** The id of a document of Sigma, or a baseline. One without an id is known by its name or title, which then must not change. */
export const documentKey = ({ id, name, title }: Head): string => id ?? `sigma:${name ?? title}`

/** The id of a rule of Falco, and of what Falco's sensor tells by it. */
export const falcoKey = (name: string): string => `falco:${name}`

const licenses: Readonly<Record<RuleOrigin, string>> = {
  bulwark: 'Apache-2.0',
  sigmahq: 'DRL-1.1',
  falco: 'Apache-2.0',
  user: '',
}

/** What a rule or correlation of Sigma, or a baseline, says about itself. */
export const documentHead = (rule: Head, language: 'sigma' | 'baseline', origin: RuleOrigin): RuleHead => ({
  id: documentKey(rule),
  title: rule.title,
  language,
  origin,
  severity: severityOfLevel(rule.level),
  description: rule.description,
  author: rule.author,
  license: rule.license || licenses[origin],
  references: rule.references,
  tags: rule.tags,
  falsePositives: rule.falsepositives,
  guide: guideOf(rule.document),
  file: rule.at.file,
  line: rule.at.line,
})

/** What a rule of Falco says about itself. */
export const falcoHead = (rule: FalcoRule, origin: RuleOrigin): RuleHead => ({
  id: falcoKey(rule.name),
  title: rule.name,
  language: 'falco',
  origin,
  severity: severityOfPriority[rule.priority],
  description: rule.description,
  author: origin === 'falco' ? 'The Falco Authors' : '',
  license: licenses[origin],
  references: [],
  tags: rule.tags,
  falsePositives: [],
  guide: noGuide,
  file: rule.file,
  line: rule.line,
})

/** Of a rule that only the sensor knows, by its name. */
export const sensorHead = (name: string, severity: Severity, tags: readonly string[]): RuleHead => ({
  id: falcoKey(name),
  title: name,
  language: 'sensor',
  origin: 'user',
  severity,
  description: 'A rule of the runtime sensor, judged on the node.',
  author: '',
  license: '',
  references: [],
  tags,
  falsePositives: [],
  guide: noGuide,
  file: '',
  line: 0,
})

const noGuide: RuleGuide = { why: '', normal: '', respond: '' }

/** The prose of the extra key `bulwark` of a document of ours. */
export const guideOf = (document: JsonObject): RuleGuide => {
  const told = document.bulwark
  if (!isObject(told)) return noGuide
  const text = (key: keyof RuleGuide): string => asString(told[key])?.trim() ?? ''
  return { why: text('why'), normal: text('normal'), respond: text('respond') }
}
