import type { SourceState } from '../../model/source.ts'
import { messages } from '../messages.ts'
import { Disc, type DiscKind } from './Disc.tsx'

const good: readonly SourceState[] = ['connected', 'ended']

const discs: Readonly<Record<SourceState, DiscKind>> = {
  starting: 'hollow',
  connected: 'full',
  partial: 'half',
  silent: 'crossed',
  broken: 'crossed',
  ended: 'square',
}

/** The state of a source as a shape and, if wanted, its word: filled is heard, half is partly heard, crossed is not. */
export const SourceSign = ({ state, word = false }: { readonly state: SourceState; readonly word?: boolean }) => (
  <span className={`sign ${good.includes(state) || state === 'starting' ? 'text-dim' : 'text-past'}`}>
    <Disc kind={discs[state]} label={word ? undefined : messages.sourceStates[state]} />
    {word && messages.sourceStates[state]}
  </span>
)
