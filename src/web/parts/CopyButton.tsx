import { useEffect, useState } from 'react'
import { messages } from '../messages.ts'
import { Icon } from './Icon.tsx'
import { ScrollRegion } from './ScrollRegion.tsx'

interface Props {
  /** What is copied. */
  readonly text: string
  /** What it is, for the button's name. */
  readonly label: string
  /** Shows the label as text too. */
  readonly wide?: boolean
}

/** Copies a text and says that it did. */
export const CopyButton = ({ text, label, wide = false }: Props) => {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), 1600)
    return () => clearTimeout(timer)
  }, [state])
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('failed'),
    )
  }
  const said = state === 'copied' ? messages.copy.copied : state === 'failed' ? messages.copy.failed : ''
  return (
    <button
      type="button"
      onClick={copy}
      title={said || label}
      aria-label={wide ? undefined : label}
      className={
        wide
          ? 'btn'
          : 'inline-flex size-5 items-center justify-center rounded-3 text-faint hover:bg-hover hover:text-text'
      }
    >
      <Icon name={state === 'copied' ? 'done' : 'copy'} className="size-3.5" />
      {wide && (said || label)}
      <span aria-live="polite" className="sr-only">
        {said}
      </span>
    </button>
  )
}

/** A command or a file that can be copied as it stands. */
export const CopyBlock = ({ text, label }: { readonly text: string; readonly label: string }) => (
  <div className="flex items-start rounded-6 border border-line bg-bg">
    <ScrollRegion label={label} className="max-h-80 min-w-0 flex-1 overflow-auto px-3 py-2">
      <pre className="font-mono text-12">{text}</pre>
    </ScrollRegion>
    <div className="m-1 shrink-0 p-0.5">
      <CopyButton text={text} label={`${messages.copy.copy}: ${label}`} />
    </div>
  </div>
)
