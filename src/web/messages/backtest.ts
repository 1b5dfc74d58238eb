/** Texts of a back-test. */
import type { BacktestStatus } from '../../api/contract/detection.ts'
import { count, plural } from '../format/numbers.ts'

const backtestStates: Readonly<Record<BacktestStatus['state'], string>> = {
  running: 'replaying …',
  done: 'replayed',
  failed: 'failed',
  cancelled: 'cancelled',
}

export const backtestMessages = {
  title: 'Back-test',
  states: backtestStates,
  period: 'Period',
  periods: {
    day: 'last day',
    week: 'last 7 days',
    month: 'last 30 days',
    whole: 'the recording',
    all: 'all of the record',
  },
  run: 'Replay on the record',
  again: 'Replay again',
  cancel: 'Cancel',
  idle: {
    rule: 'Nothing was replayed yet. A replay says what the rule would have said of what was recorded, beside what fires as it runs now.',
    suppression: 'Nothing was replayed yet. A replay says which detections of what was recorded would go quiet.',
  },
  invalid: {
    rule: 'Mend the faults in the text; then it can be replayed.',
    suppression: 'Fill in the form; then it can be replayed.',
  },
  stale: {
    rule: 'These numbers are of an earlier text.',
    suppression: 'These numbers are of what stood in the form before.',
  },
  scanned: (scanned: string, total: string) => `${scanned} of ${total} records`,
  read: {
    audit: (records: number) => plural(records, 'audit event', 'audit events'),
    runtime: (records: number) => plural(records, 'runtime record', 'runtime records'),
    events: (records: number) => plural(records, 'Kubernetes Event', 'Kubernetes Events'),
  },
  partial: 'partial',
  span: (span: string) => `Period: ${span}`,
  untilNow: (to: string) => `from the beginning of the record to ${to}`,
  totals: {
    rule: (before: number, after: number) =>
      before === 0 && after === 0
        ? 'It fires on nothing in this period.'
        : `It fires ${plural(after, 'time', 'times')}; as it runs now, ${plural(before, 'time', 'times')}.`,
    ruleNew: (after: number) =>
      after === 0 ? 'It fires on nothing in this period.' : `It fires ${plural(after, 'time', 'times')}.`,
    suppression: (before: number, after: number) =>
      before === 0
        ? 'None of its rules fired in this period: nothing would go quiet.'
        : `${count(before - after)} of ${plural(before, 'detection', 'detections')} would go quiet; ${count(after)} would stay.`,
  },
  before: { rule: 'as it runs', suppression: 'without it' },
  after: { rule: 'with this text', suppression: 'with it' },
  difference: 'Difference',
  byDay: 'By day (UTC)',
  byPrincipal: 'By principal',
  principal: 'Principal',
  nobody: '(nobody named)',
  day: 'Day',
  samples: 'Samples',
  changes: {
    rule: { new: 'new', gone: 'gone', kept: 'as now' },
    suppression: { new: 'new', gone: 'quiet', kept: 'stays' },
  },
  noSamples: 'Nothing fired, so there is nothing to show.',
  open: (message: string) => `Open the event: ${message}`,
  gaps: (value: number) =>
    `The record of this period has ${plural(value, 'gap', 'gaps')}: what fell into them is not counted.`,
  noGaps: 'The record of this period has no gap.',
  unexercised: 'Not exercised: the period never had',
  allExercised: 'Everything that it asks for was in the period.',
  failed: 'The replay failed',
  cancelled: 'It was cancelled: the numbers are of what was read until then.',
}
