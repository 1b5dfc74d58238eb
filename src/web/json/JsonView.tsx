import { useMemo, useState } from 'react'
import type { JsonValue } from '../../model/json.ts'
import { count } from '../format/numbers.ts'
import { messages } from '../messages.ts'
import { CopyButton } from '../parts/CopyButton.tsx'
import { FilterButtons, type OnFilter } from '../parts/FilterButtons.tsx'
import { queryFieldOf } from './audit-fields.ts'
import { type JsonLine, jsonLines } from './lines.ts'

interface Props {
  readonly value: JsonValue
  readonly label: string
  /** Makes values that a query can ask for into filters. */
  readonly onFilter?: OnFilter
}

/** More lines than this are drawn only when asked for. */
const firstLines = 1500
const firstCharacters = 2000

const colours: Readonly<Record<JsonLine['kind'], string>> = {
  open: 'text-dim',
  close: 'text-dim',
  folded: 'text-dim',
  string: 'text-text',
  number: 'text-low',
  word: 'text-medium',
}

/** The raw record: numbered nowhere, foldable, every value as text. */
export const JsonView = ({ value, label, onFilter }: Props) => {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [all, setAll] = useState(false)
  const lines = useMemo(() => jsonLines(value, folded), [value, folded])
  const shown = all ? lines : lines.slice(0, firstLines)
  const toggle = (path: string): void =>
    setFolded((before) => {
      const next = new Set(before)
      if (!next.delete(path)) next.add(path)
      return next
    })
  return (
    <div className="relative rounded-6 border border-line bg-bg">
      <div className="absolute top-1.5 right-1.5">
        <CopyButton text={JSON.stringify(value, null, 2)} label={`${messages.copy.copy}: ${label}`} />
      </div>
      <ol className="overflow-x-auto py-2 pr-8 pl-1 font-mono text-12 break-words" aria-label={label}>
        {shown.map((line) => (
          <li
            key={`${line.path} ${line.kind}`}
            className="group/line flex min-h-[18px] items-start hover:bg-hover"
            style={{ paddingLeft: `${Math.min(line.depth, 24) * 12}px` }}
          >
            {line.kind === 'open' || line.kind === 'folded' ? (
              <button
                type="button"
                className="inline-flex size-[18px] shrink-0 items-center justify-center text-faint hover:text-text"
                aria-expanded={line.kind === 'open'}
                aria-label={line.path || label}
                onClick={() => toggle(line.path)}
              >
                <svg
                  viewBox="0 0 8 8"
                  className={`size-2 ${line.kind === 'open' ? 'rotate-90' : ''}`}
                  aria-hidden="true"
                >
                  <path d="M2 0.5 6.5 4 2 7.5z" fill="currentColor" />
                </svg>
              </button>
            ) : (
              <span className="w-[18px] shrink-0" />
            )}
            <span className="min-w-0 whitespace-pre-wrap break-all">
              <span className="text-dim">{line.label}</span>
              <Text line={line} />
            </span>
            {onFilter && line.value !== undefined && <Filter line={line} onFilter={onFilter} />}
          </li>
        ))}
      </ol>
      {shown.length < lines.length && (
        <button type="button" className="btn m-2" onClick={() => setAll(true)}>
          {messages.showAll} ({count(lines.length)})
        </button>
      )}
    </div>
  )
}

const Text = ({ line }: { readonly line: JsonLine }) => {
  const [all, setAll] = useState(false)
  const cut = !all && line.text.length > firstCharacters
  return (
    <span className={colours[line.kind]}>
      {cut ? line.text.slice(0, firstCharacters) : line.text}
      {cut && (
        <button type="button" className="link pl-1" onClick={() => setAll(true)}>
          … {messages.showAll} ({count(line.text.length)})
        </button>
      )}
    </span>
  )
}

const Filter = ({ line, onFilter }: { readonly line: JsonLine; readonly onFilter: OnFilter }) => {
  const field = queryFieldOf(line.path)
  if (!field || line.value === undefined) return null
  return <FilterButtons field={field} value={line.value} onFilter={onFilter} />
}
