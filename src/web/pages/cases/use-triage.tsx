/** What a person does to cases, with the dialogs that it takes. */
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { CaseChanged, TriageBody } from '../../../api/contract/detection.ts'
import type { Case, ClosingReason } from '../../../model/case.ts'
import { caseKeys, merge, split, triage, undo } from '../../api/case-queries.ts'
import { loadName } from '../../changes/my-name.ts'
import { useChange, type WayBack } from '../../changes/use-change.tsx'
import { messages } from '../../messages.ts'
import { CloseDialog, SnoozeDialog } from './CaseDialogs.tsx'
import { suppressionHref } from './suppression-href.ts'

interface Asking {
  readonly what: 'close' | 'snooze'
  readonly cases: readonly Case[]
}

export interface Triage {
  readonly close: (cases: readonly Case[]) => void
  readonly take: (one: Case) => void
  readonly snooze: (cases: readonly Case[]) => void
  readonly reopen: (one: Case) => void
  readonly merge: (cases: readonly Case[]) => void
  readonly split: (one: Case, steps: readonly string[]) => void
  readonly busy: boolean
  /** Nothing is changed while the past is looked at. */
  readonly locked: boolean
  /** Dialogs and the word of what was done: to be drawn once. */
  readonly overlay: ReactNode
}

export const useTriage = (): Triage => {
  const navigate = useNavigate()
  const changes = useChange(caseKeys)
  const [asking, setAsking] = useState<Asking>()
  const { done } = messages.cases
  const { locked } = changes

  const perform = (text: string, run: (by: string) => Promise<CaseChanged>): void =>
    changes.perform({ text, run, back: wayBack })
  const performAll = (text: string, cases: readonly Case[], body: (by: string) => TriageBody): void =>
    changes.perform({
      text,
      run: (by) => Promise.all(cases.map(({ id }) => triage(id, body(by)))),
      // Each has an undo of its own: what was done to many is not taken back by one key.
      back: ([only, ...others]) => (others.length === 0 ? wayBack(only) : undefined),
    })
  const ask = (what: Asking['what'], cases: readonly Case[]): void => {
    if (!locked && cases.length > 0) setAsking({ what, cases })
  }
  const stopAsking = (): void => setAsking(undefined)
  const closeWith = (cases: readonly Case[], closingReason: ClosingReason, note: string): void => {
    stopAsking()
    performAll(done.closed(messages.cases.shortReasons[closingReason]), cases, (by) => ({
      state: 'closed',
      closingReason,
      by,
      ...(note !== '' && { note }),
    }))
    const [only, ...others] = cases
    if (closingReason === 'false-positive' && only !== undefined && others.length === 0) {
      void navigate({ href: suppressionHref(only.id) })
    }
  }

  return {
    busy: changes.busy,
    locked,
    close: (cases) => ask('close', cases),
    snooze: (cases) => ask('snooze', cases),
    take: ({ id, owner }) =>
      perform(owner !== '' && owner === loadName() ? done.released : done.assigned, (by) =>
        triage(id, owner === by ? { owner: '', state: 'open', by } : { owner: by, state: 'acknowledged', by }),
      ),
    reopen: ({ id }) => perform(done.reopened, (by) => triage(id, { state: 'open', by })),
    merge: ([into, ...others]) => {
      if (locked) return
      if (into === undefined || others.length === 0) changes.say(messages.cases.chooseTwo)
      else {
        const ids = others.map(({ id }) => id)
        perform(done.merged(others.length + 1), (by) => merge(into.id, ids, by))
      }
    },
    split: ({ id }, steps) => perform(done.split, (by) => split(id, steps, by)),
    overlay: (
      <>
        {asking?.what === 'close' && (
          <CloseDialog onClose={stopAsking} onChoose={(reason, note) => closeWith(asking.cases, reason, note)} />
        )}
        {asking?.what === 'snooze' && (
          <SnoozeDialog
            onClose={stopAsking}
            onChoose={(snoozedUntil) => {
              stopAsking()
              performAll(done.snoozed, asking.cases, (by) => ({ state: 'snoozed', snoozedUntil, by }))
            }}
          />
        )}
        {changes.overlay}
      </>
    ),
  }
}

const wayBack = (changed: CaseChanged | undefined): WayBack | undefined =>
  changed === undefined || changed.undo === '' ? undefined : { kind: 'undo', run: (by) => undo(changed.undo, by) }
