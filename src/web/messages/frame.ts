/** Texts of what stands around every page: the bar, the time, notices, how far to trust it, signing in. */
import { plural } from '../format/numbers.ts'

export const topMessages = {
  search: 'Search or jump',
  keys: 'Keyboard',
  sources: (working: number, total: number) => `${working}/${total} sources`,
  sourcesLabel: (working: number, total: number) => `${working} of ${total} sources see all that they should`,
  theme: { system: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' },
} as const

export const timeMessages = {
  control: 'Time',
  live: 'Live',
  liveLast: (last: string) => `Live · last ${last}`,
  recording: 'Whole recording',
  asOf: (when: string) => `As of ${when}`,
  last: 'Live, looking back',
  range: 'A fixed range',
  moment: 'As of a moment',
  from: 'From',
  to: 'To',
  at: 'At',
  show: 'Show',
  zone: (zone: string) => `Times are in ${zone}.`,
  badRange: 'The end must lie after the start.',
  backToLive: 'Back to live',
  banner: (when: string) => `You see the cluster as of ${when}. Nothing can be changed from here.`,
  stateAt: 'State as of',
  endOfRange: ', the end of the range',
  around: 'Around it, ±5 min',
  asOfThis: 'Cluster as of this moment',
} as const

export const recordingMessages = {
  banner: (description: string) => `This is a recording, not your cluster. ${description}`,
  own: 'To look at your own cluster, start Bulwark with its kubeconfig:',
  when: (from: string, to: string) => `Recorded ${from} – ${to}, shown as if it ended when Bulwark started.`,
} as const

export const storeMessages = {
  starting: 'The record is still being opened. What the cluster is now is shown already; what was will follow.',
  down: (why: string) => `The record does not answer: ${why}`,
  unreachable: 'Bulwark does not answer. This page asks again by itself; what you see may be old.',
} as const

export const honestyMessages = {
  label: 'How far this page can be trusted',
  fresh: (age: string) => `fresh ${age}`,
  asked: 'asking …',
  unanswered: 'nothing to show',
  searched: (rows: string, millis: string) => `${rows} records searched in ${millis}`,
  partial: 'partial: stopped before everything was looked at',
  complete: 'nothing missing in range',
  gaps: (number: number) => plural(number, 'gap in range', 'gaps in range'),
  heard: 'every source is heard',
  notHeard: (names: string) => `not fully heard: ${names}`,
  noSources: 'no source is connected',
} as const

export const signInMessages = {
  title: 'Sign in by the link',
  body: 'Bulwark lets only the person who started it look at the record. Open the link that it printed at its start; it looks like this:',
  again: 'A link signs in one browser, once, and is new after each start. This prints another one:',
  retry: 'I have opened it: try again',
} as const

export const paletteMessages = {
  label: 'Search or jump',
  placeholder: 'A page, an object, a saved view, or words to search for',
  pages: 'Pages',
  actions: 'Actions',
  objects: 'Objects',
  saved: 'Saved views',
  events: 'Events',
  searchEvents: (text: string) => `Events with ${text}`,
  saveView: 'Save this view',
  saveName: 'Name of the view',
  forget: (name: string) => `Forget the saved view ${name}`,
  copyLink: 'Copy a link to exactly this',
  goLive: 'Go live',
  theme: { system: 'Theme as the system', light: 'Light theme', dark: 'Dark theme' },
  keys: 'Show the keys',
} as const

export const chartMessages = {
  readout: (when: string, parts: string) => `${when} · ${parts}`,
  hint: 'Drag, or use the arrow keys with Shift, to choose a range of time.',
  gap: (source: string, reason: string) => `gap of ${source}: ${reason}`,
  peak: (value: string) => `peak ${value}`,
  start: 'Start',
  none: 'none in range',
} as const
