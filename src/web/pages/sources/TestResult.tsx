import type { SourceTest } from '../../../api/contract/answers.ts'
import type { Missing as MissingItem } from '../../../model/source.ts'
import { messages } from '../../messages.ts'
import { CopyBlock } from '../../parts/CopyButton.tsx'
import { Icon } from '../../parts/Icon.tsx'

/** What a test of a source found, step by step. */
export const TestResult = ({ test }: { readonly test: SourceTest }) => (
  <div role="status" className="mt-2 max-w-3xl rounded-6 border border-line bg-surface px-3 py-2">
    <p className={`font-medium ${test.ok ? 'text-proven' : 'text-high'}`}>
      {test.ok ? messages.sources.testOk : messages.sources.testBad}
    </p>
    <ol className="flex flex-col gap-1 pt-1">
      {test.steps.map((step) => (
        <li key={step.what} className="flex flex-col gap-1">
          <span className="flex items-center gap-2">
            <Icon name={step.ok ? 'done' : 'close'} className={step.ok ? 'text-proven' : 'text-high'} />
            {step.what}
            <span className="text-dim">{step.detail}</span>
          </span>
          {!step.ok && step.mend !== '' && <CopyBlock text={step.mend} label={step.what} />}
        </li>
      ))}
    </ol>
  </div>
)

/** What a source should see and does not, why, and the command that mends it. */
export const Missing = ({ missing }: { readonly missing: readonly MissingItem[] }) => (
  <details className="max-w-3xl pt-1">
    <summary className="w-fit text-past">
      {messages.sources.missing}:{' '}
      {missing
        .map(({ what }) => what)
        .slice(0, 6)
        .join(', ')}
      {missing.length > 6 && ` … ${missing.length}`}
    </summary>
    <ul className="flex flex-col gap-3 pt-2">
      {missing.map((item) => (
        <li key={item.what} className="flex flex-col gap-1">
          <p>
            <span className="font-medium">{item.what}</span> <span className="text-dim">{item.why}</span>
          </p>
          {item.mend !== '' && <CopyBlock text={item.mend} label={item.what} />}
        </li>
      ))}
    </ul>
  </details>
)
