import { useRouter } from '@tanstack/react-router'
import { apiUrl } from '../../api/client.ts'
import { serverNow } from '../../api/clock.ts'
import type { When } from '../../api/queries.ts'
import { count } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import { CopyButton } from '../../parts/CopyButton.tsx'
import { ExportMenu } from '../../parts/ExportMenu.tsx'
import { Icon } from '../../parts/Icon.tsx'
import { stringifySearch } from '../../url/search.ts'
import { absolute, rangeOf, timeSearch } from '../../url/time.ts'
import type { Tail } from './use-tail.ts'

interface Props {
  readonly q: string
  readonly when: When
  readonly live: boolean
  readonly tailing: boolean
  readonly setTailing: (on: boolean) => void
  readonly tail: Tail
}

/** The live tail's switch, the export of all that matches, and a link to exactly this. */
export const EventActions = ({ q, when, live, tailing, setTailing, tail }: Props) => {
  const router = useRouter()
  const exportUrl = (format: 'csv' | 'jsonl'): string =>
    apiUrl('events/export', { q, ...rangeOf(when.choice, serverNow(), when.whole), format })
  const search = { ...router.state.location.search, ...timeSearch(absolute(when.choice, serverNow(), when.whole)) }
  return (
    <>
      {tail.lost && (
        <span className="text-past" role="status">
          {tail.lost.rows === undefined
            ? messages.events.droppedUnknown
            : messages.events.dropped(count(tail.lost.rows))}
        </span>
      )}
      {live && (
        <button
          type="button"
          className="btn"
          aria-pressed={tailing}
          title={messages.events.tail}
          onClick={() => setTailing(!tailing)}
        >
          <Icon name={tailing ? 'pause' : 'play'} className="size-3.5" />
          {tailing ? messages.events.tailOn : messages.events.tailPaused}
        </button>
      )}
      <ExportMenu urlOf={exportUrl} note={messages.events.exportNote} />
      <CopyButton text={`${window.location.origin}/events${stringifySearch(search)}`} label={messages.copy.link} wide />
    </>
  )
}
