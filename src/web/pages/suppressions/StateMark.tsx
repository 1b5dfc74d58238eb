import type { SuppressionState } from '../../../model/suppression.ts'
import { messages } from '../../messages.ts'
import { needsLook } from './suppression-filter.ts'

interface Props {
  readonly state: SuppressionState
  readonly why: string
  /** Classes under which the word is only read aloud, for tables that have little room. */
  readonly wordless?: string
}

/** How a suppression is doing: filled where it is used, hollow where it is not, crossed where something is wrong. */
export const StateMark = ({ state, why, wordless }: Props) => (
  <span className={`sign ${needsLook(state) ? 'text-past' : state === 'active' ? '' : 'text-dim'}`} title={why}>
    <svg
      viewBox="0 0 12 12"
      className="size-3 shrink-0"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
    >
      {state === 'active' && <circle cx="6" cy="6" r="4.5" fill="currentColor" />}
      {state === 'unused' && <circle cx="6" cy="6" r="4" />}
      {state === 'expired' && <path d="M3 2h6L3 10h6z" />}
      {state === 'too-broad' && <path d="M1 6h10M3.5 3.5 1 6l2.5 2.5M8.5 3.5 11 6 8.5 8.5" />}
      {state === 'never-matching' && (
        <>
          <circle cx="6" cy="6" r="4.5" />
          <path d="m3 9 6-6" />
        </>
      )}
      {state === 'invalid' && <path d="m2.5 2.5 7 7M9.5 2.5l-7 7" />}
    </svg>
    <span className={wordless}>{messages.suppressions.states[state]}</span>
  </span>
)
