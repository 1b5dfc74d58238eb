/** Texts of the pages Cases and Case. */
import type { CaseState, ClosingReason } from '../../model/case.ts'
import { count, plural } from '../format/numbers.ts'

const states: Readonly<Record<CaseState, string>> = {
  open: 'Open',
  acknowledged: 'Being looked at',
  snoozed: 'Snoozed',
  closed: 'Closed',
}

const reasons: Readonly<Record<ClosingReason, string>> = {
  'true-positive-remediated': 'It was an attack or a breach of the rules, and it is mended',
  'true-positive-accepted': 'It is what the rule says, and we live with it',
  'benign-expected': 'It is expected here',
  'testing-or-maintenance': 'It was a test or maintenance',
  'false-positive': 'The rule is wrong about it',
  duplicate: 'Another case tells it',
}

const shortReasons: Readonly<Record<ClosingReason, string>> = {
  'true-positive-remediated': 'mended',
  'true-positive-accepted': 'accepted',
  'benign-expected': 'expected',
  'testing-or-maintenance': 'test or maintenance',
  'false-positive': 'false positive',
  duplicate: 'duplicate',
}

export const caseMessages = {
  claim: {
    need: (value: number) =>
      value === 0 ? 'No case needs a person.' : `${plural(value, 'case needs', 'cases need')} a person.`,
    rules: (value: number) => `${plural(value, 'rule looks', 'rules look')} at every record as it comes.`,
    behind: (lag: string) => `Detection is ${lag} behind the record.`,
    noRules: 'No rule is running: nothing can be detected.',
    silent: (names: string) => `Not heard: ${names}.`,
  },
  states,
  reasons,
  shortReasons,
  all: 'All',
  filter: 'A name, an address, a word',
  columns: {
    severity: 'Severity',
    what: 'What happened',
    where: 'Namespaces',
    count: 'Detections',
    last: 'Last',
    state: 'State',
  },
  rows: 'Cases',
  none: 'No rule fired on anything that needs a person.',
  noneState: (state: string) => `No case is ${state.toLowerCase()}.`,
  noSource: 'No source is connected: rules have nothing to look at.',
  noMatch: 'No case is like this.',
  clear: 'Show all open cases',
  noRules: 'No rule is running. Choose rule sets when you start Bulwark:',
  more: 'Show more cases',
  chosen: (value: number) => `${plural(value, 'case', 'cases')} chosen`,
  select: (title: string) => `Choose: ${title}`,
  actions: {
    close: 'Close',
    assign: 'Take it',
    release: 'Give it back',
    reopen: 'Open again',
    snooze: 'Snooze',
    suppress: 'Suppress',
    merge: 'Merge',
    split: 'Take out into a case of its own',
  },
  closeTitle: 'Why is it closed?',
  closeNote: 'A note for the next one who reads it (optional)',
  closeHint: 'Press the number, or choose and press Enter.',
  snoozeTitle: 'Until when?',
  snoozeFor: { hour: 'For an hour', morning: 'Until tomorrow, 9:00', week: 'For a week' },
  done: {
    closed: (reason: string) => `Closed: ${reason}.`,
    assigned: 'It is yours.',
    released: 'It is nobody’s now.',
    reopened: 'Open again.',
    snoozed: 'Snoozed.',
    merged: (value: number) => `${plural(value, 'case', 'cases')} merged.`,
    split: 'Taken out into a case of its own.',
  },
  chooseTwo: 'Choose two cases or more with x, then merge them with m.',
  page: {
    title: 'Case',
    why: 'Why it matters here',
    whySteps: (steps: number) => (steps > 0 ? `+${steps}` : steps < 0 ? `−${-steps}` : 'base'),
    story: 'What happened, in order',
    storyNote: (steps: number, detections: number) =>
      `${plural(steps, 'step', 'steps')} of ${plural(detections, 'detection', 'detections')}. What says the same is counted.`,
    lanes: { requests: 'Requests', runtime: 'Runtime', objects: 'Objects', flows: 'Flows' },
    lanesLabel: 'Steps over time, in lanes',
    columns: { time: 'Time', what: 'What', who: 'Who', from: 'From', count: 'Times' },
    refused: 'refused',
    allSteps: (value: number) => `Show all ${count(value)} steps`,
    evidenceOf: (value: number, shown: number) =>
      value > shown ? `${plural(value, 'event', 'events')}; ${count(shown)} of them kept here:` : 'As evidence:',
    showEvents: 'Show in Events',
    more: 'There are more steps than are shown here.',
    gaps: 'The record has gaps in this time: what happened in them is not here.',
    touches: 'What it touches',
    roles: { actor: 'Who', target: 'On what', address: 'From where', place: 'Where it ran' },
    advice: 'What to do',
    noAdvice: 'The rules of this case come without advice.',
    quieter: 'How to make it quieter',
    quieterNote:
      'A suppression is filled in from this case, as narrow as can be, and tried on the record before it can be saved.',
    history: 'Who did what to it',
    noHistory: 'Nobody has touched it yet.',
    bulwark: 'Bulwark',
    techniques: 'Techniques',
    detections: (value: number) => plural(value, 'detection', 'detections'),
    last: 'last',
    times: (value: number) => `${count(value)} ×`,
    merged: 'It was merged into another case:',
    notFound: 'There is no such case.',
    back: 'All cases',
    closedAs: (reason: string) => `closed: ${reason}`,
  },
} as const
