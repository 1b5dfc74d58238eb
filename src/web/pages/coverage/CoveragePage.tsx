import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useRef } from 'react'
import type { CoverageAnswer } from '../../../api/contract/detection.ts'
import { coverageQuery } from '../../api/rule-queries.ts'
import { Page } from '../../frame/Page.tsx'
import { useKey } from '../../keys/use-key.ts'
import { messages } from '../../messages.ts'
import { CopyBlock } from '../../parts/CopyButton.tsx'
import { CoverageShape } from '../../parts/CoverageMark.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { ScrollRegion } from '../../parts/ScrollRegion.tsx'
import { coverageKinds } from '../rules/rule-filter.ts'
import { CoverageMatrix } from './CoverageMatrix.tsx'
import { CoveragePanel } from './CoveragePanel.tsx'
import { shownRows, sumOf } from './coverage-rows.ts'
import { TechniqueTable } from './TechniqueTable.tsx'
import { techniqueNames } from './technique-names.ts'

/** What can be seen at all: rule by source, or by technique. */
export const CoveragePage = () => {
  const search = useSearch({ from: '/coverage' })
  const navigate = useNavigate({ from: '/coverage' })
  const coverage = useQuery(coverageQuery)
  const data = coverage.data
  const rows = data ? shownRows(data.rows, { text: search.q, state: search.state, technique: search.technique }) : []
  const open = (rule: string | undefined): void => {
    void navigate({ search: (before) => ({ ...before, open: rule }) })
  }
  const byTechnique = search.view === 'techniques'
  return (
    <Page
      title={messages.pages.coverage}
      claim={data && claimOf(data)}
      scrolls={false}
      busy={coverage.isFetching && !data}
      answeredAt={coverage.dataUpdatedAt}
      actions={<Views />}
    >
      <Filters data={data} />
      <div className="flex min-h-0 grow border-t border-line">
        <ScrollRegion label={messages.pages.coverage} className="@container min-w-0 grow overflow-auto px-5 pb-6">
          {coverage.error && !data && <Fault error={coverage.error} retry={() => void coverage.refetch()} />}
          {data && !byTechnique && rows.length === 0 && <NoRows any={data.rows.length > 0} />}
          {data && !byTechnique && rows.length > 0 && (
            <CoverageMatrix
              sources={data.sources}
              rows={rows}
              opened={search.open}
              onOpen={(rule) => open(rule === search.open ? undefined : rule)}
            />
          )}
          {data && byTechnique && (
            <TechniqueTable rows={data.rows} technique={search.technique} text={search.q} state={search.state} />
          )}
        </ScrollRegion>
        {search.open !== undefined && data && (
          <CoveragePanel
            key={search.open}
            row={data.rows.find(({ rule }) => rule === search.open)}
            sources={data.sources}
            onClose={() => open(undefined)}
          />
        )}
      </div>
    </Page>
  )
}

/** `41 of 63 rules fire or could fire; 14 cannot: no runtime sensor is connected.` */
const claimOf = ({ rows }: CoverageAnswer): string => {
  const { all, counts, reasons } = sumOf(rows)
  const said = messages.coverage
  const [first] = reasons
  return `${[
    said.claim(counts.fires + counts['could-fire'], all),
    ...(counts.learning > 0 ? [said.learning(counts.learning)] : []),
    ...(counts.off > 0 ? [said.off(counts.off)] : []),
    ...(counts.cannot > 0
      ? [first === undefined ? said.cannot(counts.cannot) : `${said.cannot(counts.cannot)}: ${first.why}`]
      : []),
  ].join('; ')}.`
}

const Views = () => {
  const search = useSearch({ from: '/coverage' })
  return (
    <fieldset className="flex" aria-label={messages.coverage.view}>
      {([undefined, 'techniques'] as const).map((view) => (
        <Link
          key={view ?? ''}
          to="/coverage"
          search={{ ...search, view, open: undefined }}
          className={`btn -ml-px rounded-none first:ml-0 first:rounded-l-6 last:rounded-r-6 ${search.view === view ? 'z-10 border-accent! bg-selected!' : ''}`}
          aria-current={search.view === view ? 'true' : undefined}
        >
          {view === undefined ? messages.coverage.views.rules : messages.coverage.views.techniques}
        </Link>
      ))}
    </fieldset>
  )
}

const Filters = ({ data }: { readonly data: CoverageAnswer | undefined }) => {
  const search = useSearch({ from: '/coverage' })
  const navigate = useNavigate({ from: '/coverage' })
  const field = useRef<HTMLInputElement>(null)
  useKey('query', () => {
    field.current?.focus()
    field.current?.select()
    return true
  })
  const techniques = [...new Set(data?.rows.flatMap((row) => row.techniques))].toSorted()
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1.5 px-5 pb-2.5">
      <input
        ref={field}
        type="search"
        className="field w-56 max-w-full"
        placeholder={messages.coverage.filter}
        aria-label={messages.coverage.filter}
        value={search.q ?? ''}
        maxLength={200}
        onChange={(event) => {
          const q = event.target.value || undefined
          void navigate({ search: (before) => ({ ...before, q }), replace: true })
        }}
      />
      <select
        className="field"
        aria-label={messages.coverage.state}
        value={search.state ?? ''}
        onChange={(event) => {
          const state = coverageKinds.find((each) => each === event.target.value)
          void navigate({ search: (before) => ({ ...before, state }) })
        }}
      >
        <option value="">{messages.coverage.anyState}</option>
        {coverageKinds.map((kind) => (
          <option key={kind} value={kind}>
            {messages.coverage.words[kind]}
          </option>
        ))}
      </select>
      <select
        className="field max-w-64"
        aria-label={messages.coverage.technique}
        value={search.technique ?? ''}
        onChange={(event) => {
          const technique = event.target.value || undefined
          void navigate({ search: (before) => ({ ...before, technique }) })
        }}
      >
        <option value="">{messages.coverage.anyTechnique}</option>
        {search.technique !== undefined && !techniques.includes(search.technique) && (
          <option value={search.technique}>{search.technique}</option>
        )}
        {techniques.map((technique) => (
          <option key={technique} value={technique}>
            {technique} {techniqueNames[technique] ?? ''}
          </option>
        ))}
      </select>
      <ul aria-label={messages.coverage.legend} className="ml-auto flex flex-wrap gap-x-4 text-12 text-dim">
        {coverageKinds.map((kind) => (
          <li key={kind} className="inline-flex items-center gap-1.5 whitespace-nowrap">
            <CoverageShape kind={kind} />
            {messages.coverage.words[kind]}
          </li>
        ))}
      </ul>
    </div>
  )
}

const NoRows = ({ any }: { readonly any: boolean }) => {
  const navigate = useNavigate({ from: '/coverage' })
  return any ? (
    <Empty
      kind="noMatch"
      actions={
        <button type="button" className="btn" onClick={() => void navigate({ search: {} })}>
          {messages.coverage.clear}
        </button>
      }
    >
      {messages.coverage.noMatch}
    </Empty>
  ) : (
    <Empty kind="unseen" actions={<CopyBlock text="npm start -- --rule-sets bulwark" label={messages.coverage.none} />}>
      {messages.coverage.none}
    </Empty>
  )
}
