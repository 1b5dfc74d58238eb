import type { ReactNode } from 'react'
import { useKey } from '../keys/use-key.ts'
import { messages } from '../messages.ts'
import { Icon } from './Icon.tsx'
import { ScrollRegion } from './ScrollRegion.tsx'

interface Props {
  readonly label: string
  readonly onClose: () => void
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** The detail of a row, beside the rows. Whether it is open stands in the URL. */
export const SidePanel = ({ label, onClose, actions, children }: Props) => {
  useKey('back', () => {
    onClose()
    return true
  })
  return (
    <aside
      aria-label={label}
      className="flex w-[460px] max-w-[55%] min-w-80 shrink-0 flex-col border-l border-line bg-surface max-md:fixed max-md:inset-0 max-md:z-40 max-md:w-full max-md:max-w-none max-md:border-l-0"
    >
      <div className="flex h-9 shrink-0 items-center gap-2 border-b border-line pr-1.5 pl-4">
        <h2 className="heading grow truncate">{label}</h2>
        {actions}
        <button
          type="button"
          onClick={onClose}
          className="inline-flex size-7 items-center justify-center rounded-6 text-dim hover:bg-hover"
          aria-label={messages.close}
          title={`${messages.close} (Esc)`}
        >
          <Icon name="close" />
        </button>
      </div>
      <ScrollRegion label={label} className="min-h-0 grow overflow-y-auto px-4 py-3">
        {children}
      </ScrollRegion>
    </aside>
  )
}
