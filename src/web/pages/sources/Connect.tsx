import type { SourceSetup } from '../../../api/contract/answers.ts'
import { messages } from '../../messages.ts'
import { CopyBlock } from '../../parts/CopyButton.tsx'

/** How to connect what is not connected yet: steps with what has to be copied. */
export const Connect = ({ setups }: { readonly setups: readonly SourceSetup[] }) => (
  <section className="pt-8">
    <h2 className="text-14 font-semibold">{messages.sources.connect}</h2>
    <p className="pb-2 text-dim">{messages.sources.connectNote}</p>
    <div className="flex max-w-4xl flex-col">
      {setups.map((setup) => (
        <details key={setup.type} className="border-t border-line py-2 last:border-b">
          <summary className="flex items-center gap-2 py-0.5 font-medium" data-row>
            <svg
              viewBox="0 0 8 8"
              className="size-2 transition-transform [details[open]_&]:rotate-90"
              aria-hidden="true"
            >
              <path d="M2 0.5 6.5 4 2 7.5z" fill="currentColor" />
            </svg>
            {setup.title}
            <span className="ml-auto font-mono text-12 font-normal text-faint">{setup.type}</span>
          </summary>
          <ol className="flex flex-col gap-3 py-2 pl-4">
            {setup.steps.map((step, index) => (
              <li key={step.text} className="flex flex-col gap-1.5">
                <p>
                  <span className="pr-2 text-dim">{index + 1}.</span>
                  {step.text}
                </p>
                {step.copy !== undefined && <CopyBlock text={step.copy} label={messages.sources.step(index + 1)} />}
              </li>
            ))}
          </ol>
        </details>
      ))}
    </div>
  </section>
)
