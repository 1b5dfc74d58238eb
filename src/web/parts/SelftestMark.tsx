import type { RuleSelftest } from '../../api/contract/detection.ts'
import { messages } from '../messages.ts'
import { type SelftestState, selftestState } from './selftest-state.ts'

const colours: Readonly<Record<SelftestState, string>> = {
  failed: 'text-critical',
  cannot: 'text-past',
  replayed: 'text-text',
  fired: 'text-proven',
  outdated: 'text-dim',
  never: 'text-faint',
}

/** The sign of a result: each has its own shape, so that colour is never the only sign. */
export const SelftestShape = ({ state }: { readonly state: SelftestState }) => (
  <svg
    viewBox="0 0 12 12"
    className={`size-3 shrink-0 ${colours[state]}`}
    aria-hidden="true"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    {state === 'fired' && <path d="m2 6.5 2.8 2.8L10 3.2" strokeWidth="2" />}
    {state === 'replayed' && <path d="M9.9 6.2A4 4 0 1 1 8.6 3.1M9.9 1.4v2.4H7.5" />}
    {state === 'cannot' && (
      <>
        <circle cx="6" cy="6" r="4.2" />
        <path d="m3.2 8.8 5.6-5.6" />
      </>
    )}
    {state === 'failed' && (
      <>
        <path d="M6 1.2 11.2 10.6H.8z" fill="currentColor" />
        <path d="M6 4.8v2.3M6 8.8v.1" stroke="var(--bg)" strokeWidth="1.3" />
      </>
    )}
    {state === 'outdated' && (
      <>
        <circle cx="6" cy="6" r="4.2" />
        <path d="M6 3.6V6l1.7 1.1" />
      </>
    )}
    {state === 'never' && <circle cx="6" cy="6" r="4" strokeDasharray="1 2.4" />}
  </svg>
)

/** In a few words: `fired 0.6 s`, `never tried`. */
export const selftestWord = (selftest: RuleSelftest | undefined): string => {
  const state = selftestState(selftest)
  const word = messages.coverage.selftest.words[state]
  return state === 'fired' && selftest?.kind === 'fired'
    ? `${word} ${messages.coverage.selftest.seconds(selftest.seconds)}`
    : word
}

/** How it fired, or why not; of a rule that was changed since also what it was before. Empty where the word says it all. */
export const selftestReason = (selftest: RuleSelftest | undefined): string => {
  if (selftest === undefined) return ''
  const { kind, why, isOutdated } = selftest
  const before = isOutdated ? messages.coverage.selftest.before(kind) : ''
  return [before, why].filter((part) => part !== '').join(': ')
}
