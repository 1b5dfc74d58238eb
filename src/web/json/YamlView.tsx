import { useMemo, useState } from 'react'
import type { JsonValue } from '../../model/json.ts'
import { count } from '../format/numbers.ts'
import { messages } from '../messages.ts'
import { CopyButton } from '../parts/CopyButton.tsx'
import { ScrollRegion } from '../parts/ScrollRegion.tsx'
import { yamlLines } from './yaml.ts'

const firstLines = 2000

/** A whole object as YAML, with a button that copies all of it. */
export const YamlView = ({ value, label }: { readonly value: JsonValue; readonly label: string }) => {
  const [all, setAll] = useState(false)
  const lines = useMemo(() => yamlLines(value), [value])
  const shown = all ? lines : lines.slice(0, firstLines)
  return (
    <div className="relative rounded-6 border border-line bg-surface">
      <div className="absolute top-1.5 right-1.5">
        <CopyButton text={`${lines.join('\n')}\n`} label={`${messages.copy.copy}: ${label}`} />
      </div>
      <ScrollRegion label={label} className="overflow-x-auto py-2 pr-9 pl-3">
        <pre className="font-mono text-12">{shown.join('\n')}</pre>
      </ScrollRegion>
      {shown.length < lines.length && (
        <button type="button" className="btn m-2" onClick={() => setAll(true)}>
          {messages.showAll} ({count(lines.length)})
        </button>
      )}
    </div>
  )
}
