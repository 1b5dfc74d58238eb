import type { RuleProblemRow } from '../../../api/contract/detection.ts'
import { messages } from '../../messages.ts'
import { CopyButton } from '../../parts/CopyButton.tsx'
import { Icon } from '../../parts/Icon.tsx'

/** So many faults stand open: the rules below must stay in sight. The rest is behind a word, up to a bound. */
const firstFaults = 2
const mostFaults = 500

/** Rules files that were not taken: where, what, and how to mend it. */
export const RefusedFiles = ({ refused }: { readonly refused: readonly RuleProblemRow[] }) => (
  <section className="mt-3 mb-2 border-l-2 border-past bg-past-bg px-4 py-2">
    <h2 className="heading flex items-center gap-2">
      <Icon name="warn" className="text-past" />
      {messages.rules.refused.title}
    </h2>
    <p className="text-dim">{messages.rules.refused.note}</p>
    <ul className="flex flex-col gap-2 pt-2">
      {refused.slice(0, firstFaults).map((one) => (
        <Refused key={`${one.file}:${one.line}:${one.column} ${one.what}`} one={one} />
      ))}
    </ul>
    {refused.length > firstFaults && (
      <details className="pt-1">
        <summary>{messages.rules.refused.more(refused.length - firstFaults)}</summary>
        <ul className="flex max-h-80 flex-col gap-2 overflow-y-auto">
          {refused.slice(firstFaults, mostFaults).map((one) => (
            <Refused key={`${one.file}:${one.line}:${one.column} ${one.what}`} one={one} />
          ))}
        </ul>
      </details>
    )}
  </section>
)

const Refused = ({ one }: { readonly one: RuleProblemRow }) => {
  const place = `${one.file}:${one.line}:${one.column}`
  return (
    <li>
      <p className="flex items-center gap-1 font-mono text-12">
        <span className="break-all">{place}</span>
        <CopyButton text={place} label={`${messages.copy.copy} ${place}`} />
      </p>
      <p className="wrap-anywhere">
        {one.rule !== '' && <span className="font-medium">{one.rule}: </span>}
        {one.what}
      </p>
      {one.mend !== '' && (
        <p className="text-dim wrap-anywhere">
          {messages.rules.refused.toMend} {one.mend}
        </p>
      )}
    </li>
  )
}
