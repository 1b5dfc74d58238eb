/** What a person changes: who it is, a word of what was done, and the way back. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useKey } from '../keys/use-key.ts'
import { messages } from '../messages.ts'
import { useTime } from '../url/use-time.ts'
import { loadName, storeName } from './my-name.ts'
import { NameDialog } from './NameDialog.tsx'
import { Notice } from './Notice.tsx'

/** How what was done is taken back: at once, or by a way to where it can be made again. */
export type WayBack =
  | { readonly kind: 'undo'; readonly run: (by: string) => Promise<unknown> }
  | { readonly kind: 'again'; readonly label: string; readonly go: () => void }

export interface Change<Answer = unknown> {
  /** What is said once it is done. */
  readonly text: string
  readonly run: (by: string) => Promise<Answer>
  /** Undefined where there is no way back. */
  readonly back?: (answer: Answer) => WayBack | undefined
  readonly onDone?: () => void
}

export interface Changes {
  readonly perform: <Answer>(change: Change<Answer>) => void
  /** Says what nothing had to be done for. */
  readonly say: (text: string) => void
  readonly busy: boolean
  /** Nothing is changed while the past is looked at. */
  readonly locked: boolean
  /** Dialog and word of what was done: to be drawn once. */
  readonly overlay: ReactNode
}

interface Doing {
  readonly text: string
  readonly run: (by: string) => Promise<WayBack | undefined>
  readonly onDone: (() => void) | undefined
}

interface Said {
  readonly text: string
  readonly back?: WayBack | undefined
  readonly failed?: boolean
}

/** @param changed the first part of the keys of all queries that are asked again after a change */
export const useChange = (changed: readonly string[]): Changes => {
  const client = useQueryClient()
  const { past: locked } = useTime()
  const [waiting, setWaiting] = useState<Doing>()
  const [said, setSaid] = useState<Said>()
  const change = useMutation({
    mutationFn: ({ run }: Doing) => run(loadName()),
    onSuccess: (back, { text, onDone }) => {
      setSaid({ text, back })
      onDone?.()
    },
    onError: (error) => setSaid({ text: error.message, failed: true }),
    onSettled: () => {
      for (const key of changed) void client.invalidateQueries({ queryKey: [key] })
    },
  })
  const perform = <Answer,>({ text, run, back, onDone }: Change<Answer>): void => {
    if (locked) return
    const doing: Doing = {
      text,
      run: async (by) => {
        const answer = await run(by)
        return back?.(answer)
      },
      onDone,
    }
    // Who does it is asked for once, in the moment when it matters.
    if (loadName() === '') setWaiting(doing)
    else change.mutate(doing)
  }
  const takeBack = (): boolean => {
    const back = said?.back
    if (back === undefined) setSaid({ text: messages.byHand.nothingToUndo })
    else if (back.kind === 'undo') perform({ text: messages.byHand.undone, run: back.run })
    else {
      setSaid(undefined)
      back.go()
    }
    return true
  }
  useKey('undo', takeBack)
  return {
    perform,
    say: (text) => setSaid({ text }),
    busy: change.isPending,
    locked,
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
            failed={said.failed ?? false}
            onUndo={said.back && takeBack}
            undoLabel={said.back?.kind === 'again' ? said.back.label : undefined}
            onGone={() => setSaid(undefined)}
          />
        )}
      </>
    ),
  }
}
