import type { StatusAnswer } from '../../api/contract/answers.ts'
import { clock, dayYear, hourMinute, viewerZone } from '../format/dates.ts'
import { messages } from '../messages.ts'
import { Icon } from '../parts/Icon.tsx'
import { millisOf } from '../url/time.ts'
import { useTime } from '../url/use-time.ts'

interface Props {
  readonly status: StatusAnswer | undefined
  /** True when the last try to reach Bulwark failed. */
  readonly failed: boolean
}

/** What must be known on every page: a past moment, a recording, a store that does not answer. */
export const Banners = ({ status, failed }: Props) => {
  const time = useTime()
  const at = time.choice.kind === 'moment' ? millisOf(time.choice.at) : undefined
  return (
    <section aria-label={messages.notices} className="col-span-2">
      {at !== undefined && (
        <Line tone="past" icon="clock">
          <span className="grow">{messages.time.banner(`${dayYear(at)} ${clock(at)} (${viewerZone.timeZone})`)}</span>
          <button type="button" className="btn h-6" onClick={() => time.set({ kind: 'live', last: undefined })}>
            {messages.time.backToLive}
          </button>
        </Line>
      )}
      {status?.recording && (
        <Line tone="note" icon="recording">
          <details className="group min-w-0 grow">
            <summary className="flex items-center gap-2">
              <span className="min-w-0 truncate group-open:whitespace-normal">
                {messages.recording.banner(status.recording.description)}
              </span>
              <Icon name="down" className="size-3 text-dim group-open:rotate-180" />
            </summary>
            <p className="pb-1 text-dim">
              {messages.recording.when(stamp(status.recording.recordedFrom), stamp(status.recording.recordedTo))}{' '}
              {messages.recording.own} <code className="font-mono text-12 text-text">npm start -- --context NAME</code>
            </p>
          </details>
        </Line>
      )}
      {failed && (
        <Line tone="past" icon="sources" alert>
          {messages.store.unreachable}
        </Line>
      )}
      {!failed && status && status.store.state !== 'ready' && (
        <Line tone={status.store.state === 'opening' ? 'note' : 'past'} icon="clock" alert>
          {status.store.state === 'opening' ? messages.store.starting : messages.store.down(status.store.message)}
        </Line>
      )}
    </section>
  )
}

const stamp = (time: string): string => `${dayYear(millisOf(time))} ${hourMinute(millisOf(time))}`

interface LineProps {
  readonly tone: 'past' | 'note'
  readonly icon: 'clock' | 'recording' | 'sources'
  readonly alert?: boolean
  readonly children: React.ReactNode
}

const Line = ({ tone, icon, alert = false, children }: LineProps) => (
  <div
    role={alert ? 'alert' : 'note'}
    className={`flex min-h-8 items-center gap-2 border-b border-line px-4 py-1 ${tone === 'past' ? 'bg-past-bg' : 'bg-note-bg'}`}
  >
    <Icon name={icon} className={tone === 'past' ? 'text-past' : 'text-accent'} />
    {children}
  </div>
)
