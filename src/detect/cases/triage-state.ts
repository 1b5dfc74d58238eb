import { type CaseState, type ClosingReason, caseStates, closingReasons } from '../../model/case.ts'
import { BulwarkError } from '../../model/error.ts'
import type { JsonObject } from '../../model/json.ts'
import { formatMicros, type Micros, parseMicros } from '../../model/time.ts'
import { numberAt, oneOf, textAt } from './decode.ts'
import type { Triage } from './types.ts'

/** What people decided about a case. */
export interface TriageState {
  readonly state: CaseState
  readonly owner: string
  readonly note: string
  readonly closingReason: ClosingReason | undefined
  /** 0 unless snoozed. */
  readonly snoozedUntil: Micros
  /** 0 unless closed. */
  readonly closedAt: Micros
}

export const untouched: TriageState = {
  state: 'open',
  owner: '',
  note: '',
  closingReason: undefined,
  snoozedUntil: 0,
  closedAt: 0,
}

const longestOwner = 256
const longestNote = 10_000
const longestSnooze: Micros = 366 * 24 * 3_600_000_000

/** The state after a change. Throws `REQUEST_INVALID` where the change is not whole or contradicts itself. */
export const triaged = (before: TriageState, change: Triage, at: Micros): TriageState => {
  const state = change.state ?? before.state
  const { owner = before.owner, note = before.note } = change
  if (owner.length > longestOwner) refuse(`the owner is longer than ${longestOwner} characters`, 'Write a name.')
  if (note.length > longestNote) refuse(`the note is longer than ${longestNote} characters`, 'Write less, or a link.')
  if (!caseStates.includes(state)) refuse(`there is no state “${state}”`, `States are ${caseStates.join(', ')}.`)
  const closingReason = state === 'closed' ? (change.closingReason ?? before.closingReason) : undefined
  if (state === 'closed' && (closingReason === undefined || !closingReasons.includes(closingReason)))
    refuse('a case is closed with a reason', `Give closingReason: ${closingReasons.join(', ')}.`)
  if (state !== 'closed' && change.closingReason !== undefined)
    refuse('a closing reason was given, and the case is not closed', 'Give state “closed” too, or leave it out.')
  return {
    state,
    owner: owner.toWellFormed(),
    note: note.toWellFormed(),
    closingReason,
    snoozedUntil: state === 'snoozed' ? snoozeEnd(change, before, at) : refuseSnoozeEnd(change),
    closedAt: state === 'closed' ? before.closedAt || at : 0,
  }
}

const refuse = (what: string, mend: string): never => {
  throw new BulwarkError('REQUEST_INVALID', { what, mend })
}

const snoozeEnd = ({ snoozedUntil }: Triage, before: TriageState, at: Micros): Micros => {
  const until = snoozedUntil === undefined ? before.snoozedUntil : (parseMicros(snoozedUntil) ?? 0)
  if (until <= at || until > at + longestSnooze)
    refuse(
      'a case is snoozed until a moment of the next year',
      'Give snoozedUntil as RFC 3339, like 2026-11-27T09:00:00Z.',
    )
  return until
}

const refuseSnoozeEnd = ({ snoozedUntil }: Triage): 0 => {
  if (snoozedUntil !== undefined)
    refuse('an end of a snooze was given, and the case is not snoozed', 'Give state “snoozed” too, or leave it out.')
  return 0
}

/** One sentence of what differs; empty where nothing does. */
export const triageText = (before: TriageState, after: TriageState): string => {
  const parts: string[] = []
  if (after.state !== before.state || after.closingReason !== before.closingReason) parts.push(stateText(before, after))
  else if (after.snoozedUntil !== before.snoozedUntil) parts.push(`snoozed until ${formatMicros(after.snoozedUntil)}`)
  if (after.owner !== before.owner) parts.push(after.owner === '' ? 'took the owner away' : `owner is ${after.owner}`)
  if (after.note !== before.note) parts.push(after.note === '' ? 'took the note away' : 'wrote a note')
  return parts.join(', ')
}

const stateText = (before: TriageState, after: TriageState): string => {
  switch (after.state) {
    case 'open':
      return before.state === 'closed' ? 'opened again' : 'set back to open'
    case 'acknowledged':
      return 'acknowledged'
    case 'snoozed':
      return `snoozed until ${formatMicros(after.snoozedUntil)}`
    case 'closed':
      return `closed as ${after.closingReason ?? ''}`
  }
}

export const triageMemory = (triage: TriageState): JsonObject => ({ ...triage })

export const readTriage = (memory: JsonObject): TriageState => ({
  state: oneOf<CaseState>(memory.state, caseStates),
  owner: textAt(memory, 'owner'),
  note: textAt(memory, 'note'),
  closingReason: closingReasons.find((one) => one === memory.closingReason),
  snoozedUntil: numberAt(memory, 'snoozedUntil'),
  closedAt: numberAt(memory, 'closedAt'),
})

/**
 * Takes a change back: what it changed is again as before. Undefined where some of it was changed again since, so that
 * nobody's later word is lost.
 */
export const untriaged = (now: TriageState, before: TriageState, after: TriageState): TriageState | undefined => {
  const back = <K extends 'owner' | 'note'>(key: K): string | undefined =>
    before[key] === after[key]
      ? now[key]
      : now[key] === after[key] || now[key] === before[key]
        ? before[key]
        : undefined
  const [owner, note] = [back('owner'), back('note')]
  const state = stateBack(now, before, after)
  return owner === undefined || note === undefined || state === undefined ? undefined : { ...state, owner, note }
}

const stateBack = (now: TriageState, before: TriageState, after: TriageState): TriageState | undefined => {
  if (sameState(before, after)) return now
  return sameState(now, after) || sameState(now, before) || snoozeIsOver(now, after) ? before : undefined
}

/** A snooze ends by itself: that is nobody's word. */
const snoozeIsOver = (now: TriageState, after: TriageState): boolean =>
  after.state === 'snoozed' && now.state === 'open'

const sameState = (a: TriageState, b: TriageState): boolean =>
  a.state === b.state && a.closingReason === b.closingReason && a.snoozedUntil === b.snoozedUntil
