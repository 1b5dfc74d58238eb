import { useQuery } from '@tanstack/react-query'
import { statusQuery } from '../../api/queries.ts'
import { messages } from '../../messages.ts'
import { CopyBlock } from '../../parts/CopyButton.tsx'
import { selftestCommand } from '../../parts/selftest-state.ts'

/** Says that no self-test ran, and how to run one; in a recording none can. */
export const NoSelftest = () => {
  const status = useQuery(statusQuery)
  const recording = status.data?.mode === 'recording'
  const texts = messages.coverage.selftest
  return (
    <section
      aria-label={texts.column}
      className="sticky left-0 my-3 flex max-w-4xl flex-wrap items-center gap-x-4 gap-y-1.5 border-l-2 border-line-strong px-4 py-1"
    >
      <p className="min-w-60 grow basis-80 text-dim">{recording ? texts.noneOfRecording : texts.none}</p>
      {!recording && (
        <div className="min-w-0">
          <CopyBlock text={selftestCommand()} label={texts.run} />
        </div>
      )}
    </section>
  )
}
