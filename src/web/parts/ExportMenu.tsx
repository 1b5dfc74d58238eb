import { useId } from 'react'
import { messages } from '../messages.ts'
import { Icon } from './Icon.tsx'

interface Props {
  readonly urlOf: (format: 'csv' | 'jsonl') => string
  /** What is in the file. */
  readonly note: string
}

/** Offers what a page shows as a file. */
export const ExportMenu = ({ urlOf, note }: Props) => {
  const id = useId()
  return (
    <>
      <button type="button" className="btn" popoverTarget={id}>
        {messages.export.title}
        <Icon name="down" className="size-3 text-dim" />
      </button>
      <div id={id} popover="auto" className="menu w-72">
        <div className="flex flex-col p-1">
          {(['csv', 'jsonl'] as const).map((format) => (
            <a key={format} href={urlOf(format)} download className="rounded-3 px-2 py-1 hover:bg-hover">
              {messages.export[format]}
            </a>
          ))}
          <p className="px-2 pt-1 text-12 text-dim">{note}</p>
        </div>
      </div>
    </>
  )
}
