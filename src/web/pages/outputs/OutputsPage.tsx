import { useMutation, useQuery } from '@tanstack/react-query'
import { Fragment } from 'react'
import type { OutputRow } from '../../../api/contract/detection.ts'
import { outputsQuery, testOutput } from '../../api/rule-queries.ts'
import { count } from '../../format/numbers.ts'
import { Page } from '../../frame/Page.tsx'
import { messages } from '../../messages.ts'
import { CopyBlock } from '../../parts/CopyButton.tsx'
import { Disc, type DiscKind } from '../../parts/Disc.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { useTime } from '../../url/use-time.ts'

/** Where cases are sent: whether they arrive, what waits, and trying it. */
export const OutputsPage = () => {
  const outputs = useQuery(outputsQuery)
  const data = outputs.data
  const { columns } = messages.outputs
  return (
    <Page
      title={messages.pages.outputs}
      claim={messages.outputs.claim}
      busy={outputs.isFetching && !data}
      answeredAt={outputs.dataUpdatedAt}
    >
      {outputs.error && !data && <Fault error={outputs.error} retry={() => void outputs.refetch()} />}
      {data && data.items.length === 0 && (
        <Empty
          kind="notSet"
          actions={<CopyBlock text="npm start -- --outputs outputs.yml" label={messages.outputs.none} />}
        >
          {messages.outputs.none}
        </Empty>
      )}
      {data && data.items.length > 0 && (
        <div className="relative overflow-x-auto pt-2">
          <table className="grid-lines w-full" aria-label={messages.outputs.rows}>
            <thead>
              <tr>
                <th scope="col">{columns.id}</th>
                <th scope="col" className="max-md:hidden">
                  {columns.to}
                </th>
                <th scope="col">{columns.state}</th>
                <th scope="col" className="num max-md:hidden">
                  {columns.sent}
                </th>
                <th scope="col" className="num max-md:hidden">
                  {columns.waiting}
                </th>
                <th scope="col" className="num max-md:hidden">
                  {columns.failed}
                </th>
                <th scope="col" className="num max-md:hidden">
                  {columns.dead}
                </th>
                <th scope="col" className="num max-md:hidden">
                  {columns.budget}
                </th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((output) => (
                <Output key={output.id} output={output} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  )
}

const Output = ({ output }: { readonly output: OutputRow }) => {
  const { past } = useTime()
  const test = useMutation({ mutationFn: (dryRun: boolean) => testOutput(output.id, dryRun) })
  const bad = output.state === 'failing' || output.dead > 0
  return (
    <Fragment>
      <tr className="joined h-10 hover:bg-transparent!">
        <td>
          <span className="font-mono text-12 wrap-anywhere">{output.id}</span>
          <span className="pl-2 text-12 text-faint">{output.type}</span>
        </td>
        <td className="max-w-60 truncate max-md:hidden" title={output.to}>
          {output.to}
        </td>
        <td>
          <OutputState state={output.state} />
        </td>
        <td className="num max-md:hidden">{count(output.sent)}</td>
        <td className={`num max-md:hidden ${output.waiting > 0 ? 'text-past' : ''}`}>{count(output.waiting)}</td>
        <td className={`num max-md:hidden ${output.failed > 0 ? 'text-past' : ''}`}>{count(output.failed)}</td>
        <td className={`num max-md:hidden ${output.dead > 0 ? 'text-high' : ''}`}>{count(output.dead)}</td>
        <td className="num max-md:hidden">
          {output.budgetPerHour === 0 ? messages.outputs.noBudget : count(output.budgetPerHour)}
        </td>
      </tr>
      <tr className="hover:bg-transparent!">
        <td colSpan={8} className="pb-3! pl-0! align-top whitespace-normal">
          <div className="flex items-center justify-between gap-x-4 gap-y-2 max-md:flex-wrap">
            <p className={`min-w-0 wrap-anywhere ${bad ? 'text-past' : 'text-dim'}`}>{output.message}</p>
            <span className="flex shrink-0 gap-2">
              <button
                type="button"
                data-row
                className="btn"
                disabled={test.isPending}
                onClick={() => test.mutate(true)}
              >
                {messages.outputs.show}
                <span className="sr-only"> {output.id}</span>
              </button>
              <button
                type="button"
                className="btn"
                disabled={past || test.isPending}
                title={past ? messages.outputs.past : undefined}
                onClick={() => test.mutate(false)}
              >
                {test.isPending && test.variables === false ? messages.outputs.sending : messages.outputs.send}
                <span className="sr-only"> {output.id}</span>
              </button>
            </span>
          </div>
          {test.error && <Fault error={test.error} />}
          {test.data && (
            <div role="status" className="mt-2 flex max-w-3xl flex-col gap-1.5">
              <p className="font-medium">
                {test.data.sent
                  ? messages.outputs.wasSent
                  : test.variables
                    ? messages.outputs.wouldSend
                    : messages.outputs.notSent}
              </p>
              {test.data.answer !== '' && (
                <p className="wrap-anywhere">
                  <span className="text-dim">{messages.outputs.answer}</span> {test.data.answer}
                </p>
              )}
              <CopyBlock text={test.data.payload} label={messages.outputs.payload(output.id)} />
            </div>
          )}
        </td>
      </tr>
    </Fragment>
  )
}

const discs: Readonly<Record<OutputRow['state'], DiscKind>> = {
  ok: 'full',
  digest: 'half',
  'never-used': 'hollow',
  failing: 'crossed',
}

/** Shape and word: filled delivers, hollow was never tried, crossed fails, half sums up. */
const OutputState = ({ state }: { readonly state: OutputRow['state'] }) => (
  <span
    className={`sign ${state === 'failing' ? 'text-high' : state === 'digest' ? 'text-past' : state === 'ok' ? '' : 'text-dim'}`}
  >
    <Disc kind={discs[state]} />
    {messages.outputs.states[state]}
  </span>
)
