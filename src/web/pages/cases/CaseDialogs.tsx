import { useEffect, useRef, useState } from 'react'
import { type ClosingReason, closingReasons } from '../../../model/case.ts'
import { messages } from '../../messages.ts'
import { Dialog } from '../../parts/Dialog.tsx'
import { snoozeChoices } from './snooze.ts'

interface DialogProps {
  readonly onClose: () => void
}

/** Why a case is closed: a number key, or a choice and a note. */
export const CloseDialog = ({
  onClose,
  onChoose,
}: DialogProps & { readonly onChoose: (reason: ClosingReason, note: string) => void }) => {
  const [note, setNote] = useState('')
  const first = useRef<HTMLButtonElement>(null)
  useEffect(() => first.current?.focus(), [])
  return (
    <Dialog label={messages.cases.closeTitle} onClose={onClose} className="w-[520px] max-w-full p-4">
      <fieldset
        className="border-0 p-0"
        onKeyDown={(event) => {
          if (event.target instanceof HTMLInputElement) return
          const reason = closingReasons[Number(event.key) - 1]
          if (reason === undefined || !/^\d$/.test(event.key)) return
          event.preventDefault()
          onChoose(reason, note)
        }}
        aria-label={messages.cases.closeTitle}
      >
        <h2 className="text-14 font-semibold">{messages.cases.closeTitle}</h2>
        <p className="pb-2 text-12 text-dim">{messages.cases.closeHint}</p>
        <ul className="flex flex-col">
          {closingReasons.map((reason, index) => (
            <li key={reason}>
              <button
                type="button"
                ref={index === 0 ? first : undefined}
                className="flex min-h-8 w-full items-center gap-3 rounded-6 px-2 text-left hover:bg-hover"
                onClick={() => onChoose(reason, note)}
              >
                <span className="kbd">{index + 1}</span>
                {messages.cases.reasons[reason]}
                <span className="ml-auto shrink-0 text-12 text-dim">{messages.cases.shortReasons[reason]}</span>
              </button>
            </li>
          ))}
        </ul>
        <input
          className="field mt-3 w-full"
          aria-label={messages.cases.closeNote}
          placeholder={messages.cases.closeNote}
          value={note}
          maxLength={10_000}
          onChange={(event) => setNote(event.target.value)}
        />
      </fieldset>
    </Dialog>
  )
}

/** Until when a case is out of sight. */
export const SnoozeDialog = ({ onClose, onChoose }: DialogProps & { readonly onChoose: (until: string) => void }) => {
  const first = useRef<HTMLButtonElement>(null)
  useEffect(() => first.current?.focus(), [])
  const choices = snoozeChoices(new Date())
  return (
    <Dialog label={messages.cases.snoozeTitle} onClose={onClose} className="w-80 max-w-full p-4">
      <h2 className="pb-2 text-14 font-semibold">{messages.cases.snoozeTitle}</h2>
      <ul>
        {choices.map(({ name, until }, index) => (
          <li key={name}>
            <button
              type="button"
              ref={index === 0 ? first : undefined}
              className="h-8 w-full rounded-6 px-2 text-left hover:bg-hover"
              onClick={() => onChoose(until)}
            >
              {messages.cases.snoozeFor[name]}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
