import { messages } from '../../messages.ts'
import { CopyBlock } from '../../parts/CopyButton.tsx'
import { selftestCommand } from '../../parts/selftest-state.ts'

/** Says that no self-test ran, and how to run one. */
export const NoSelftest = () => (
  <section
    aria-label={messages.coverage.selftest.column}
    className="sticky left-0 my-3 flex max-w-4xl flex-wrap items-center gap-x-4 gap-y-1.5 border-l-2 border-line-strong px-4 py-1"
  >
    <p className="min-w-60 grow basis-80 text-dim">{messages.coverage.selftest.none}</p>
    <div className="min-w-0">
      <CopyBlock text={selftestCommand()} label={messages.coverage.selftest.run} />
    </div>
  </section>
)
