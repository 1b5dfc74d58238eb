import type { ReactNode } from 'react'
import { messages } from '../messages.ts'

interface Props {
  /**
   * Which of the three holds: nothing happened, nothing matches, or it could not have been seen. Of what people set up
   * themselves: that they have not yet.
   */
  readonly kind: 'nothing' | 'noMatch' | 'unseen' | 'notSet'
  readonly children: ReactNode
  readonly actions?: ReactNode
}

/** What stands where rows would be. */
export const Empty = ({ kind, children, actions }: Props) => (
  <div
    className={`my-6 flex max-w-xl flex-col gap-2 border-l-2 px-4 py-1 ${kind === 'unseen' ? 'border-past' : 'border-line-strong'}`}
  >
    <p className="heading">{messages.empty[kind]}</p>
    <div className="text-dim">{children}</div>
    {actions && <div className="flex flex-wrap gap-2 pt-1">{actions}</div>}
  </div>
)
