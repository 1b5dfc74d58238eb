import { useRef } from 'react'
import { useKey } from '../keys/use-key.ts'

interface Props {
  /** What can be typed, seen while nothing is. */
  readonly label: string
  readonly text: string | undefined
  readonly maxLength?: number
  /** Undefined for no text. */
  readonly onText: (text: string | undefined) => void
}

/** Words that a row must have. The key `/` leads here. */
export const TextFilter = ({ label, text, maxLength = 200, onText }: Props) => {
  const field = useRef<HTMLInputElement>(null)
  useKey('query', () => {
    field.current?.focus()
    field.current?.select()
    return true
  })
  return (
    <input
      ref={field}
      type="search"
      className="field w-80 max-w-full"
      placeholder={label}
      aria-label={label}
      value={text ?? ''}
      maxLength={maxLength}
      onChange={(event) => onText(event.target.value || undefined)}
    />
  )
}
