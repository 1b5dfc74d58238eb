interface Props {
  readonly on: boolean
  readonly label: string
  readonly disabled?: boolean
  readonly title?: string | undefined
  readonly onChange: (on: boolean) => void
}

/** On or off, at once. */
export const Switch = ({ on, label, disabled = false, title, onChange }: Props) => (
  <button
    type="button"
    role="switch"
    aria-checked={on}
    aria-label={label}
    title={title}
    disabled={disabled}
    className="switch"
    onClick={() => onChange(!on)}
  />
)
