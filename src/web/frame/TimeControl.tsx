import { type FormEvent, useId, useRef, useState } from 'react'
import { serverNow } from '../api/clock.ts'
import { clock, day, fromLocalInput, localInput, moment, span, viewerZone } from '../format/dates.ts'
import { messages } from '../messages.ts'
import { Icon } from '../parts/Icon.tsx'
import { useNow } from '../parts/use-now.ts'
import { absolute, lastChoices, millisOf, rfc3339 } from '../url/time.ts'
import { type Time, useTime } from '../url/use-time.ts'

/** The clock that rules every page: live, a range, or the cluster as of a moment. */
export const TimeControl = () => {
  const time = useTime()
  const id = useId()
  const menu = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState(0)
  const done = (): void => menu.current?.hidePopover()
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        className={`btn min-w-0 ${time.choice.kind === 'moment' ? 'border-past bg-past-bg' : ''}`}
        aria-label={`${messages.time.control}: ${labelOf(time, serverNow())}`}
      >
        <Icon name="clock" className={time.past ? 'text-past' : 'text-dim'} />
        <span className="truncate">
          <Label time={time} />
        </span>
        <Icon name="down" className="size-3 text-dim" />
      </button>
      <div
        id={id}
        ref={menu}
        popover="auto"
        className="menu w-80"
        onToggle={(event) => {
          if (event.newState === 'open') setOpened((before) => before + 1)
        }}
      >
        {opened > 0 && <Menu key={opened} time={time} done={done} />}
      </div>
    </>
  )
}

const Label = ({ time }: { readonly time: Time }) => <>{labelOf(time, useNow(30_000))}</>

const labelOf = ({ choice, recording }: Time, now: number): string => {
  switch (choice.kind) {
    case 'live':
      if (choice.last) return messages.time.liveLast(choice.last)
      return recording ? messages.time.recording : messages.time.live
    case 'range':
      return span(choice.from, choice.to, now)
    case 'moment':
      return messages.time.asOf(moment(millisOf(choice.at), now))
  }
}

const Menu = ({ time, done }: { readonly time: Time; readonly done: () => void }) => {
  const pick = (last: string | undefined) => (): void => {
    time.set({ kind: 'live', last })
    done()
  }
  return (
    <div className="flex flex-col gap-3 p-2">
      <section>
        <h3 className="pb-1.5 text-12 text-dim">{messages.time.last}</h3>
        <div className="flex flex-wrap gap-1">
          <button
            type="button"
            className="btn px-2"
            aria-pressed={time.choice.kind === 'live' && !time.choice.last}
            onClick={pick(undefined)}
          >
            {time.recording ? messages.time.recording : messages.time.live}
          </button>
          {lastChoices.map((last) => (
            <button
              key={last}
              type="button"
              className="btn px-2"
              aria-pressed={time.choice.kind === 'live' && time.choice.last === last}
              onClick={pick(last)}
            >
              {last}
            </button>
          ))}
        </div>
      </section>
      <RangeForm time={time} done={done} />
      <MomentForm time={time} done={done} />
      <p className="text-12 text-dim">{messages.time.zone(viewerZone.timeZone)}</p>
    </div>
  )
}

const RangeForm = ({ time, done }: { readonly time: Time; readonly done: () => void }) => {
  const now = absolute(
    time.choice.kind === 'moment' ? { kind: 'live', last: undefined } : time.choice,
    serverNow(),
    time.whole,
  )
  const [from, setFrom] = useState(now.kind === 'range' ? localInput(millisOf(now.from)) : '')
  const [to, setTo] = useState(now.kind === 'range' ? localInput(millisOf(now.to)) : '')
  const a = fromLocalInput(from)
  const b = fromLocalInput(to)
  const bad = a === undefined || b === undefined || a >= b
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (bad) return
    time.set({ kind: 'range', from: rfc3339(a), to: rfc3339(b) })
    done()
  }
  return (
    <form onSubmit={submit} className="border-t border-line pt-2">
      <h3 className="pb-1.5 text-12 text-dim">{messages.time.range}</h3>
      <div className="grid grid-cols-[auto_1fr] items-center gap-x-2 gap-y-1">
        <Field label={messages.time.from} value={from} set={setFrom} />
        <Field label={messages.time.to} value={to} set={setTo} />
        <button type="submit" className="btn col-start-2 justify-self-end" disabled={bad}>
          {messages.time.show}
        </button>
      </div>
      {bad && a !== undefined && b !== undefined && <p className="text-high">{messages.time.badRange}</p>}
    </form>
  )
}

const MomentForm = ({ time, done }: { readonly time: Time; readonly done: () => void }) => {
  const [at, setAt] = useState(localInput(time.at ? millisOf(time.at) : serverNow()))
  const millis = fromLocalInput(at)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (millis === undefined) return
    time.set({ kind: 'moment', at: rfc3339(millis) })
    done()
  }
  return (
    <form onSubmit={submit} className="border-t border-line pt-2">
      <h3 className="pb-1.5 text-12 text-dim">{messages.time.moment}</h3>
      <div className="grid grid-cols-[auto_1fr] items-center gap-x-2 gap-y-1">
        <Field label={messages.time.at} value={at} set={setAt} />
        <button type="submit" className="btn col-start-2 justify-self-end" disabled={millis === undefined}>
          {millis === undefined ? messages.time.show : messages.time.asOf(`${day(millis)} ${clock(millis)}`)}
        </button>
      </div>
    </form>
  )
}

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly set: (value: string) => void
}

const Field = ({ label, value, set }: FieldProps) => {
  const id = useId()
  return (
    <>
      <label htmlFor={id} className="text-dim">
        {label}
      </label>
      <input
        id={id}
        type="datetime-local"
        step="1"
        className="field w-full"
        value={value}
        onChange={(event) => set(event.target.value)}
      />
    </>
  )
}
