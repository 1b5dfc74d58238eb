import type { SourceState } from '../../model/source.ts'
import { messages } from '../messages.ts'

const good: readonly SourceState[] = ['connected', 'ended']

/** The state of a source as a shape and, if wanted, its word: filled is heard, half is partly heard, crossed is not. */
export const SourceSign = ({ state, word = false }: { readonly state: SourceState; readonly word?: boolean }) => (
  <span className={`sign ${good.includes(state) || state === 'starting' ? 'text-dim' : 'text-past'}`}>
    <svg
      viewBox="0 0 10 10"
      className="size-2.5 shrink-0"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      role={word ? undefined : 'img'}
      aria-label={word ? undefined : messages.sourceStates[state]}
      aria-hidden={word ? true : undefined}
    >
      {state === 'ended' ? (
        <rect x="1.5" y="1.5" width="7" height="7" fill="currentColor" />
      ) : (
        <circle cx="5" cy="5" r="4" fill={state === 'connected' ? 'currentColor' : 'none'} />
      )}
      {state === 'partial' && <path d="M5 1a4 4 0 0 1 0 8z" fill="currentColor" />}
      {(state === 'silent' || state === 'broken') && <path d="m2.5 2.5 5 5M7.5 2.5l-5 5" />}
    </svg>
    {word && messages.sourceStates[state]}
  </span>
)
