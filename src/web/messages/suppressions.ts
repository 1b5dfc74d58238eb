/** Texts of the page Suppressions. */
import type { SuppressionOrigin, SuppressionState } from '../../model/suppression.ts'
import { count, plural } from '../format/numbers.ts'

const suppressionStates: Readonly<Record<SuppressionState, string>> = {
  active: 'active',
  unused: 'never used',
  expired: 'expired',
  'too-broad': 'too broad',
  'never-matching': 'can never match',
  invalid: 'invalid',
}

const suppressionOrigins: Readonly<Record<SuppressionOrigin, string>> = {
  page: 'this page',
  file: 'a file',
  cluster: 'the cluster',
}

export const suppressionMessages = {
  states: suppressionStates,
  origins: suppressionOrigins,
  claim: (active: number, look: number) =>
    `${plural(active, 'suppression', 'suppressions')} in force${look > 0 ? `; ${plural(look, 'needs', 'need')} a look` : ''}. What is suppressed is counted, not lost.`,
  claimNone: 'No exception is made: every detection counts.',
  columns: {
    name: 'Name',
    state: 'State',
    owner: 'Owner',
    reason: 'Reason',
    expires: 'Ends',
    uses: 'Used',
    last: 'Last used',
    where: 'Kept in',
  },
  rows: 'Suppressions',
  filter: 'A word of the name, the reason, the owner',
  anyState: 'Any state',
  state: 'State',
  none: 'There is no suppression. Make one from a case that is expected here (s on the page of the case), or write one.',
  noMatch: 'No suppression is like this.',
  clear: 'Show all suppressions',
  create: 'New suppression',
  never: 'never',
  panel: {
    label: 'Detail of the suppression',
    rules: 'Rules',
    anyRule: 'any rule',
    query: 'Which events',
    anyEvent: 'any event',
    owner: 'Owner',
    reason: 'Reason',
    expires: 'Ends',
    created: 'Made',
    uses: 'Used',
    lastUsed: 'Last used',
    where: 'Kept in',
    edit: 'Change',
    extend: 'Extend by 30 days',
    remove: 'Remove',
    elsewhere: (where: string) => `It is kept in ${where}: change it there.`,
    events: 'Events that it means',
    unknown: 'There is no suppression of this id now.',
    unknownRule: 'no such rule now',
  },
  remove: {
    title: 'Remove this suppression?',
    body: (name: string, uses: number) =>
      `From the next record on, what “${name}” meant makes cases again. It was used ${plural(uses, 'time', 'times')}. Cases that are there already do not change.`,
    yes: 'Remove it',
    no: 'Keep it',
    done: (name: string) => `Removed: ${name}.`,
    back: 'Fill it in again',
  },
  form: {
    newTitle: 'New suppression',
    editTitle: (name: string) => `Change: ${name}`,
    claim: 'An exception has an owner, a reason and an end; it is replayed on the record before it counts.',
    fromCase: 'Filled in from the case',
    name: 'Name',
    nameHint: 'backup-reads-secrets',
    rules: 'Rules',
    rulesHint: 'A word of a rule’s title',
    rulesNote: 'Without a rule it is for any of them, which is broad.',
    moreRules: (value: number) => `and ${plural(value, 'more rule', 'more rules')}`,
    removeRule: (title: string) => `Leave out: ${title}`,
    query: 'Which events',
    queryNote:
      'In the words of the page Events: user, address, namespace, agent. Empty means any event of these rules.',
    owner: 'Owner',
    ownerHint: 'A person or a team who answers for it',
    reason: 'Reason',
    reasonHint: 'Why this is expected here',
    expires: 'Ends on',
    expiresNote: 'At the end of that day, in your time zone. Every suppression ends.',
    save: 'Save',
    cancel: 'Leave it',
    looked: (quiet: number, all: number) =>
      quiet === 0
        ? 'I have seen that it would have quieted nothing in this period.'
        : `I have looked: ${count(quiet)} of ${plural(all, 'detection', 'detections')} may go quiet.`,
    why: {
      form: 'Fill in the form first.',
      backtest: 'Replay it on the record first: then you see what would go quiet.',
      running: 'The replay is still going on.',
      stale: 'It was changed since the replay: replay it again.',
      failed: 'The replay did not finish: replay it again.',
      look: 'Look at what would go quiet, and say so.',
      past: 'Suppressions are saved in the present: go back to live.',
      ready: '',
    },
    faults: {
      name: 'It needs a name.',
      owner: 'It needs an owner: somebody who answers for it.',
      reason: 'It needs a reason.',
      expires: 'The end must lie ahead.',
      broad: 'Name a rule or which events: without both it would quiet everything.',
      query: 'The query cannot be read.',
    },
    saved: (name: string) => `Saved: ${name}. It counts from the next record on.`,
  },
}
