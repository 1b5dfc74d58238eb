import { type FormEvent, useEffect, useRef, useState } from 'react'
import { messages } from '../messages.ts'
import { Dialog } from '../parts/Dialog.tsx'
import { loadName } from './my-name.ts'

interface Props {
  readonly onClose: () => void
  readonly onName: (name: string) => void
}

/** Asked once: whose name stands on changes. */
export const NameDialog = ({ onClose, onName }: Props) => {
  const [name, setName] = useState(loadName())
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (name.trim() !== '') onName(name.trim())
  }
  return (
    <Dialog label={messages.byHand.nameTitle} onClose={onClose} className="w-96 max-w-full p-4">
      <form onSubmit={submit} className="flex flex-col gap-2">
        <h2 className="text-14 font-semibold">{messages.byHand.nameTitle}</h2>
        <p className="text-dim">{messages.byHand.nameNote}</p>
        <div className="flex gap-2">
          <input
            ref={field}
            className="field grow"
            aria-label={messages.byHand.name}
            placeholder={messages.byHand.name}
            value={name}
            maxLength={100}
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="btn btn-primary" disabled={name.trim() === ''}>
            {messages.byHand.save}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
