/** What a person does to cases, with the dialogs that it takes, a word of what was done, and its undo. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { CaseChanged } from '../../../api/contract/detection.ts'
import type { Case, ClosingReason } from '../../../model/case.ts'
import { merge, split, triage, undo } from '../../api/case-queries.ts'
import { useKey } from '../../keys/use-key.ts'
import { messages } from '../../messages.ts'
import { useTime } from '../../url/use-time.ts'
import { CloseDialog, NameDialog, SnoozeDialog } from './CaseDialogs.tsx'
import { loadName, storeName } from './my-name.ts'
import { Notice } from './Notice.tsx'
import { suppressionHref } from './suppression-href.ts'

interface Done {
  readonly text: string
  readonly undo: string | undefined
  readonly failed?: boolean
}

interface Doing {
  readonly text: string
  readonly run: (by: string) => Promise<CaseChanged>
}

type Open =
  | { readonly kind: 'close' | 'snooze'; readonly cases: readonly Case[] }
  | { readonly kind: 'name'; readonly doing: Doing }

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
  const client = useQueryClient()
  const navigate = useNavigate()
  const { past: locked } = useTime()
  const [open, setOpen] = useState<Open>()
  const [done, setDone] = useState<Done>()
  const change = useMutation({
    mutationFn: ({ run }: Doing) => run(loadName()),
    onSuccess: (changed, { text }) => setDone({ text, undo: changed.undo === '' ? undefined : changed.undo }),
    onError: (error) => setDone({ text: error.message, undo: undefined, failed: true }),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['cases'] })
      void client.invalidateQueries({ queryKey: ['case'] })
    },
  })
  const perform = (doing: Doing): void => {
    if (locked) return
    // Who does it is asked for once, in the moment when it matters.
    if (loadName() === '') setOpen({ kind: 'name', doing })
    else change.mutate(doing)
  }
  const last = (answers: readonly CaseChanged[]): CaseChanged => ({
    cases: answers.flatMap(({ cases }) => cases),
    undo: answers.length === 1 ? (answers[0]?.undo ?? '') : '',
  })
  const all = (cases: readonly Case[], one: (each: Case) => Promise<CaseChanged>): Promise<CaseChanged> =>
    Promise.all(cases.map(one)).then(last)

  const closeWith = (cases: readonly Case[], closingReason: ClosingReason, note: string): void => {
    setOpen(undefined)
    const text = messages.cases.done.closed(messages.cases.shortReasons[closingReason])
    perform({
      text,
      run: (by) =>
        all(cases, ({ id }) => triage(id, { state: 'closed', closingReason, by, ...(note !== '' && { note }) })),
    })
    const [only] = cases
    if (closingReason === 'false-positive' && only !== undefined && cases.length === 1) {
      void navigate({ href: suppressionHref(only.id) })
    }
  }
  const undoLast = (): boolean => {
    const what = done?.undo
    if (what === undefined) {
      setDone({ text: messages.cases.nothingToUndo, undo: undefined })
      return true
    }
    perform({ text: messages.cases.done.undone, run: async (by) => ({ ...(await undo(what, by)), undo: '' }) })
    return true
  }
  useKey('undo', undoLast)

  return {
    busy: change.isPending,
    locked,
    close: (cases) => !locked && cases.length > 0 && setOpen({ kind: 'close', cases }),
    snooze: (cases) => !locked && cases.length > 0 && setOpen({ kind: 'snooze', cases }),
    take: ({ id, owner }) =>
      perform({
        text: owner !== '' && owner === loadName() ? messages.cases.done.released : messages.cases.done.assigned,
        run: (by) =>
          triage(id, owner === by ? { owner: '', state: 'open', by } : { owner: by, state: 'acknowledged', by }),
      }),
    reopen: ({ id }) => perform({ text: messages.cases.done.reopened, run: (by) => triage(id, { state: 'open', by }) }),
    merge: ([into, ...others]) => {
      if (into === undefined || others.length === 0) setDone({ text: messages.cases.chooseTwo, undo: undefined })
      else {
        const ids = others.map(({ id }) => id)
        perform({ text: messages.cases.done.merged(others.length + 1), run: (by) => merge(into.id, ids, by) })
      }
    },
    split: ({ id }, steps) => perform({ text: messages.cases.done.split, run: (by) => split(id, steps, by) }),
    overlay: (
      <>
        {open?.kind === 'close' && (
          <CloseDialog
            onClose={() => setOpen(undefined)}
            onChoose={(reason, note) => closeWith(open.cases, reason, note)}
          />
        )}
        {open?.kind === 'snooze' && (
          <SnoozeDialog
            onClose={() => setOpen(undefined)}
            onChoose={(until) => {
              setOpen(undefined)
              perform({
                text: messages.cases.done.snoozed,
                run: (by) => all(open.cases, ({ id }) => triage(id, { state: 'snoozed', snoozedUntil: until, by })),
              })
            }}
          />
        )}
        {open?.kind === 'name' && (
          <NameDialog
            onClose={() => setOpen(undefined)}
            onName={(name) => {
              storeName(name)
              setOpen(undefined)
              change.mutate(open.doing)
            }}
          />
        )}
        {done && (
          <Notice
            text={done.text}
            failed={done.failed ?? false}
            onUndo={done.undo === undefined ? undefined : undoLast}
            onGone={() => setDone(undefined)}
          />
        )}
      </>
    ),
  }
}
