import { useEffect, useRef } from 'react'
import { messages } from '../messages.ts'

interface Props {
  readonly text: string
  readonly failed: boolean
  readonly onUndo: (() => void) | undefined
  /** What the way back is called. */
  readonly undoLabel?: string | undefined
  readonly onGone: () => void
}

/** How long a word of what was done stays when nobody needs it. */
const staysMillis = 12_000

/** A word of what was done, with its undo, at the foot of the page. */
export const Notice = ({ text, failed, onUndo, undoLabel = messages.byHand.undo, onGone }: Props) => {
  const gone = useRef(onGone)
  gone.current = onGone
  // biome-ignore lint/correctness/useExhaustiveDependencies: another word begins the time anew
  useEffect(() => {
    const timer = setTimeout(() => gone.current(), staysMillis)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div
      role={failed ? 'alert' : 'status'}
      className={`fixed bottom-10 left-1/2 z-20 flex max-w-[80vw] -translate-x-1/2 items-center gap-3 rounded-6 border bg-raised px-4 py-2 shadow-xl ${failed ? 'border-critical' : 'border-line-strong'}`}
    >
      <span>{text}</span>
      {onUndo && (
        <button type="button" className="btn" onClick={onUndo}>
          {undoLabel} <span className="kbd">z</span>
        </button>
      )}
    </div>
  )
}
