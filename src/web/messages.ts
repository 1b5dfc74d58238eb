/**
 * Every text that the page shows, in one catalogue, so that a translation is one more object of this shape. Names from
 * the cluster are never put together into markup: they are always only text.
 */

import type { PodSecurityLevel } from '../model/posture.ts'
import type { GapReason } from '../model/record.ts'
import type { SourceState } from '../model/source.ts'
import { backtestMessages } from './messages/backtest.ts'
import { caseMessages } from './messages/cases.ts'
import { coverageMessages } from './messages/coverage.ts'
import { eventsMessages } from './messages/events.ts'
import {
  chartMessages,
  honestyMessages,
  paletteMessages,
  recordingMessages,
  signInMessages,
  storeMessages,
  timeMessages,
  topMessages,
} from './messages/frame.ts'
import { keySheetMessages } from './messages/keys.ts'
import { nowMessages } from './messages/now.ts'
import { objectMessages } from './messages/object.ts'
import { outputMessages } from './messages/outputs.ts'
import { ruleMessages } from './messages/rules.ts'
import { sourcesMessages } from './messages/sources.ts'
import { suppressionMessages } from './messages/suppressions.ts'
import { workloadsMessages } from './messages/workloads.ts'

const sourceStates: Readonly<Record<SourceState, string>> = {
  starting: 'starting',
  connected: 'connected',
  partial: 'sees a part',
  silent: 'silent',
  broken: 'broken',
  ended: 'ended',
}

const gapReasons: Readonly<Record<GapReason, string>> = {
  'source-silent': 'the source was silent',
  'stream-broken': 'the stream was cut',
  'too-large': 'too large to keep',
  unreadable: 'could not be read',
  overload: 'too much at once',
  'disk-full': 'the disk was full',
  'spool-damaged': 'the spool was damaged',
  'not-permitted': 'not permitted',
  'not-running': 'Bulwark was not running',
  'dropped-at-source': 'dropped at the source',
}

const levels: Readonly<Record<PodSecurityLevel, string>> = {
  privileged: 'privileged',
  baseline: 'baseline',
  restricted: 'restricted',
}

export const messages = {
  cases: caseMessages,
  rules: ruleMessages,
  backtest: backtestMessages,
  suppressions: suppressionMessages,
  coverage: coverageMessages,
  outputs: outputMessages,
  appName: 'Bulwark',
  title: (page: string) => `${page} · Bulwark`,
  skip: 'Skip to content',
  pages: {
    now: 'Now',
    cases: 'Cases',
    events: 'Events',
    workloads: 'Workloads',
    rules: 'Rules',
    suppressions: 'Suppressions',
    coverage: 'Coverage',
    sources: 'Sources',
    outputs: 'Outputs',
    object: 'Object',
  },
  rail: 'Places',
  notices: 'Notices',
  signs: {
    critical: 'critical',
    high: 'high',
    medium: 'medium',
    low: 'low',
    info: 'info',
  },
  severity: { atLeast: 'At least', any: 'Any severity' },
  levels,
  sourceStates,
  gapReason: (reason: string): string => gapReasons[reason as GapReason] ?? reason,

  top: topMessages,
  time: timeMessages,
  recording: recordingMessages,
  store: storeMessages,
  honesty: honestyMessages,
  copy: { copy: 'Copy', copied: 'Copied', failed: 'Copying is not allowed by the browser', link: 'Copy link' },
  close: 'Close',
  more: 'more',
  showAll: 'Show all',
  loading: 'Asking …',
  retry: 'Try again',
  failed: 'This could not be shown',
  reload: 'Load the page again',
  asTable: 'As a table',
  export: { title: 'Export', csv: 'CSV, for a spreadsheet', jsonl: 'JSON Lines, one a line' },

  empty: {
    nothing: 'Nothing happened',
    noMatch: 'Nothing matches',
    unseen: 'We could not have seen it',
    notSet: 'Nothing is set up yet',
    remove: (term: string) => `Remove ${term}`,
    clear: 'Remove the whole query',
  },

  notFound: { title: 'No such page', body: 'Nothing is at this address. It may be a link of another version.' },

  signIn: signInMessages,
  palette: paletteMessages,
  keySheet: keySheetMessages,
  chart: chartMessages,
  now: nowMessages,
  byHand: {
    nameTitle: 'Who are you?',
    nameNote: 'The name stands on what you change, and stays in this browser.',
    name: 'Your name',
    save: 'Use this name',
    undo: 'Undo',
    undone: 'Undone.',
    nothingToUndo: 'There is nothing to undo.',
  },

  changes: { listed: 'seen', added: 'created', modified: 'changed', deleted: 'deleted' },

  events: eventsMessages,
  workloads: workloadsMessages,
  object: objectMessages,
  sources: sourcesMessages,
} as const
