/** Texts of the page Coverage. */
import type { RuleCoverage } from '../../api/contract/detection.ts'
import type { SelftestKind } from '../../model/selftest.ts'
import { count, plural } from '../format/numbers.ts'
import type { SelftestState } from '../parts/selftest-state.ts'

const coverageWords: Readonly<Record<RuleCoverage['kind'], string>> = {
  fires: 'fires',
  'could-fire': 'could fire',
  learning: 'learning',
  cannot: 'cannot fire',
  off: 'off',
}

const selftestWords: Readonly<Record<SelftestState, string>> = {
  failed: 'FAILED',
  cannot: 'could not fire',
  replayed: 'replayed',
  fired: 'fired',
  outdated: 'changed since',
  never: 'never tried',
}

const selftestSaid: Readonly<Record<SelftestState, string>> = {
  failed: 'FAILED in the self-test',
  cannot: 'could not fire in the self-test',
  replayed: 'replayed in the self-test',
  fired: 'fired in the self-test',
  outdated: 'changed since its self-test',
  never: 'never tried by a self-test',
}

const selftestDid: Readonly<Record<SelftestKind, string>> = {
  failed: 'FAILED',
  cannot: 'could not fire',
  replayed: 'was replayed',
  fired: 'fired',
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
  exportNote: 'Every rule, also those that are filtered out, with its self-test.',
  panel: { label: 'Coverage of the rule', mend: 'What would mend it', open: 'Open the rule', last: 'Last fired' },
  techniqueClaim: (covered: number, all: number) =>
    `${count(covered)} of the ${plural(all, 'technique', 'techniques')} below have a rule that fires or could fire.`,
  techniquesNote:
    'All techniques of the Threat matrix for Kubernetes are here, and those of MITRE ATT&CK that a loaded rule names.',
  noRule: 'no rule',
  moreRules: (value: number) => `${plural(value, 'more rule', 'more rules')}`,
  selftest: {
    column: 'Self-test',
    any: 'Any self-test',
    words: selftestWords,
    seconds: (seconds: number) => `${Number(seconds.toFixed(1))} s`,
    after: (seconds: number) => `, after ${Number(seconds.toFixed(1))} s`,
    failed: (value: number) => `${count(value)} FAILED in the last self-test`,
    none: 'No self-test ran yet: nobody knows whether rules fire from the request to the case. This acts them out, without harm, and shows here what came of each:',
    noneOfRecording:
      'No self-test ran: in a recording nothing can be acted out. In a cluster, bulwark selftest shows whether rules fire from the request to the case.',
    run: 'Run a self-test',
    before: (kind: SelftestKind) => `before that it ${selftestDid[kind]}`,
    changed: 'The rule, or one that it counts, has been changed since its self-test: as it is now nobody tried it.',
    foundBefore: (kind: SelftestKind) => `Before that it ${selftestDid[kind]}.`,
    by: (name: string) => (name === '' ? '' : `by ${name}`),
    act: 'act',
    tryIt: 'Try it',
    tryAgain: 'Try it again',
    onlyOurs: 'A self-test tries the rules that Bulwark ships as its own, and this is not one of them.',
    said: selftestSaid,
  },
  noTechniqueMatch: 'No technique is like this.',
}
