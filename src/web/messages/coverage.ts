/** Texts of the page Coverage. */
import type { RuleCoverage } from '../../api/contract/detection.ts'
import { count, plural } from '../format/numbers.ts'

const coverageWords: Readonly<Record<RuleCoverage['kind'], string>> = {
  fires: 'fires',
  'could-fire': 'could fire',
  learning: 'learning',
  cannot: 'cannot fire',
  off: 'off',
}

export const coverageMessages = {
  legend: 'Signs',
  words: coverageWords,
  claim: (can: number, all: number) => `${count(can)} of ${plural(all, 'rule', 'rules')} fire or could fire`,
  cannot: (value: number) => `${count(value)} cannot`,
  learning: (value: number) => `${count(value)} learn`,
  off: (value: number) => `${plural(value, 'is', 'are')} off`,
  views: { rules: 'By rule', techniques: 'By technique' },
  view: 'View',
  rule: 'Rule',
  matrix: 'Coverage by rule and source',
  technique: 'Technique',
  anyTechnique: 'Any technique',
  state: 'State',
  anyState: 'Any state',
  filter: 'A word of the title, an id',
  mitre: 'MITRE ATT&CK',
  microsoft: 'Threat matrix for Kubernetes',
  rules: 'Rules',
  best: 'Best',
  noMatch: 'No rule is like this.',
  clear: 'Show all',
  none: 'No rule is loaded, so there is nothing to cover.',
  readout: 'Point at a sign, or go to it with the arrow keys, to read why.',
  onSource: (source: string) => `on ${source}`,
  why: 'Why',
  nowhere: 'it looks at no source that is known',
  absent: 'not connected',
  panel: { label: 'Coverage of the rule', mend: 'What would mend it', open: 'Open the rule', last: 'Last fired' },
  techniqueClaim: (covered: number, all: number) =>
    `${count(covered)} of the ${plural(all, 'technique', 'techniques')} below have a rule that fires or could fire.`,
  techniquesNote:
    'All techniques of the Threat matrix for Kubernetes are here, and those of MITRE ATT&CK that a loaded rule names.',
  noRule: 'no rule',
  moreRules: (value: number) => `${plural(value, 'more rule', 'more rules')}`,
  noTechniqueMatch: 'No technique is like this.',
}
