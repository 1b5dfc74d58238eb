import { type ReactNode, useEffect, useRef } from 'react'

interface Props {
  readonly label: string
  readonly onClose: () => void
  readonly className?: string
  readonly children: ReactNode
}

/** The browser's own modal dialog: it keeps the focus, closes by Esc and by a click beside it, and gives the focus back. */
export const Dialog = ({ label, onClose, className = '', children }: Props) => {
  const ref = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click beside the dialog repeats what Esc does
    <dialog
      ref={ref}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === ref.current) onClose()
      }}
      className="m-auto mt-[12vh] max-w-[92vw] rounded-6 border border-line-strong bg-raised p-0 shadow-xl"
    >
      <div className={className}>{children}</div>
    </dialog>
  )
}
