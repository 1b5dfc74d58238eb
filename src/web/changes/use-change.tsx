/** What a person changes about rules and suppressions: who it is, a word of what was done, and the way back. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useKey } from '../keys/use-key.ts'
import { messages } from '../messages.ts'
import { NameDialog } from '../pages/cases/CaseDialogs.tsx'
import { loadName, storeName } from '../pages/cases/my-name.ts'
import { Notice } from '../pages/cases/Notice.tsx'

export interface Change {
  /** What is said once it is done. */
  readonly text: string
  readonly run: (by: string) => Promise<unknown>
  readonly undo?: (by: string) => Promise<unknown>
  /** What the way back is called, where it is more than taking it back. */
  readonly undoLabel?: string
  readonly onDone?: () => void
}

export interface Changes {
  readonly perform: (change: Change) => void
  readonly busy: boolean
  /** Dialog and word of what was done: to be drawn once. */
  readonly overlay: ReactNode
}

interface Said {
  readonly text: string
  readonly undo: Change['undo']
  readonly undoLabel: string | undefined
  readonly failed: boolean
}

export const useChange = (): Changes => {
  const client = useQueryClient()
  const [waiting, setWaiting] = useState<Change>()
  const [said, setSaid] = useState<Said>()
  const change = useMutation({
    mutationFn: ({ run }: Change) => run(loadName()),
    onSuccess: (_answer, { text, undo, undoLabel, onDone }) => {
      setSaid({ text, undo, undoLabel, failed: false })
      onDone?.()
    },
    onError: (error) => setSaid({ text: error.message, undo: undefined, undoLabel: undefined, failed: true }),
    onSettled: () => {
      for (const key of ['rules', 'rule', 'coverage', 'suppressions']) {
        void client.invalidateQueries({ queryKey: [key] })
      }
    },
  })
  const perform = (next: Change): void => {
    // Who does it is asked for once, in the moment when it matters.
    if (loadName() === '') setWaiting(next)
    else change.mutate(next)
  }
  const undo = said?.undo
  const takeBack = (): boolean => {
    if (undo === undefined) return false
    if (said?.undoLabel === undefined) perform({ text: messages.rules.done.undone, run: undo })
    else {
      setSaid(undefined)
      void undo(loadName())
    }
    return true
  }
  useKey('undo', takeBack)
  return {
    perform,
    busy: change.isPending,
    overlay: (
      <>
        {waiting && (
          <NameDialog
            onClose={() => setWaiting(undefined)}
            onName={(name) => {
              storeName(name)
              setWaiting(undefined)
              change.mutate(waiting)
            }}
          />
        )}
        {said && (
          <Notice
            text={said.text}
            failed={said.failed}
            onUndo={undo === undefined ? undefined : takeBack}
            undoLabel={said.undoLabel}
            onGone={() => setSaid(undefined)}
          />
        )}
      </>
    ),
  }
}
