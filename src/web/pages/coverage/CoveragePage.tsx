import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useRef } from 'react'
import type { CoverageAnswer } from '../../../api/contract/detection.ts'
import { apiUrl } from '../../api/client.ts'
import { coverageQuery } from '../../api/rule-queries.ts'
import { ChoiceFilter } from '../../filters/ChoiceFilter.tsx'
import { FilterRow } from '../../filters/FilterRow.tsx'
import { NoMatch } from '../../filters/NoMatch.tsx'
import { TextFilter } from '../../filters/TextFilter.tsx'
import { Page } from '../../frame/Page.tsx'
import { messages } from '../../messages.ts'
import { CoverageShape } from '../../parts/CoverageMark.tsx'
import { ExportMenu } from '../../parts/ExportMenu.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { NoRulesLoaded } from '../../parts/NoRulesLoaded.tsx'
import { ScrollRegion } from '../../parts/ScrollRegion.tsx'
import { selftestStates } from '../../parts/selftest-state.ts'
import { coverageKinds } from '../rules/rule-filter.ts'
import { CoverageMatrix } from './CoverageMatrix.tsx'
import { CoveragePanel } from './CoveragePanel.tsx'
import { shownRows, sumOf } from './coverage-rows.ts'
import { NoSelftest } from './NoSelftest.tsx'
import { TechniqueTable } from './TechniqueTable.tsx'
import { techniqueName } from './technique-names.ts'

/** What can be seen at all: rule by source, or by technique. */
export const CoveragePage = () => {
  const search = useSearch({ from: '/coverage' })
  const navigate = useNavigate({ from: '/coverage' })
  const coverage = useQuery(coverageQuery)
  const scroller = useRef<HTMLElement>(null)
  const data = coverage.data
  const { q: text, state, selftest, technique } = search
  const rows = data ? shownRows(data.rows, { text, state, selftest, technique }) : []
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
      actions={
        <>
          <Views />
          <ExportMenu urlOf={(format) => apiUrl('coverage/export', { format })} note={messages.coverage.exportNote} />
        </>
      }
    >
      <Filters data={data} />
      <div className="flex min-h-0 grow border-t border-line">
        <ScrollRegion
          ref={scroller}
          label={messages.pages.coverage}
          className="@container min-w-0 grow overflow-auto px-5 pb-6"
        >
          {coverage.error && !data && <Fault error={coverage.error} retry={() => void coverage.refetch()} />}
          {data && !byTechnique && isUntried(data) && <NoSelftest />}
          {data && !byTechnique && rows.length === 0 && <NoRows any={data.rows.length > 0} />}
          {data && !byTechnique && rows.length > 0 && (
            <CoverageMatrix
              sources={data.sources}
              rows={rows}
              opened={search.open}
              onOpen={(rule) => open(rule === search.open ? undefined : rule)}
              scroller={scroller}
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

/** None of the rules that a self-test could try was ever tried. */
const isUntried = ({ rows }: CoverageAnswer): boolean =>
  rows.some(({ origin }) => origin === 'bulwark') && rows.every(({ selftest }) => selftest === undefined)

/** `41 of 63 rules fire or could fire; 14 cannot: no runtime sensor is connected.` */
const claimOf = ({ rows }: CoverageAnswer): string => {
  const { all, counts, selftests, reasons } = sumOf(rows)
  const said = messages.coverage
  const [first] = reasons
  return `${[
    said.claim(counts.fires + counts['could-fire'], all),
    ...(counts.learning > 0 ? [said.learning(counts.learning)] : []),
    ...(counts.off > 0 ? [said.off(counts.off)] : []),
    ...(counts.cannot > 0
      ? [first === undefined ? said.cannot(counts.cannot) : `${said.cannot(counts.cannot)}: ${first.why}`]
      : []),
    ...(selftests.failed > 0 ? [said.selftest.failed(selftests.failed)] : []),
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
  const techniques = [...new Set(data?.rows.flatMap((row) => row.techniques))].toSorted()
  return (
    <FilterRow>
      <TextFilter
        label={messages.coverage.filter}
        text={search.q}
        onText={(q) => void navigate({ search: (before) => ({ ...before, q }), replace: true })}
      />
      <ChoiceFilter
        label={messages.coverage.state}
        any={messages.coverage.anyState}
        chosen={search.state}
        choices={coverageKinds.map((kind) => ({ value: kind, text: messages.coverage.words[kind] }))}
        onChoose={(state) => void navigate({ search: (before) => ({ ...before, state }) })}
      />
      {search.view === undefined && (
        <ChoiceFilter
          label={messages.coverage.selftest.column}
          any={messages.coverage.selftest.any}
          chosen={search.selftest}
          choices={selftestStates.map((state) => ({ value: state, text: messages.coverage.selftest.words[state] }))}
          onChoose={(selftest) => void navigate({ search: (before) => ({ ...before, selftest }) })}
        />
      )}
      <ChoiceFilter
        label={messages.coverage.technique}
        any={messages.coverage.anyTechnique}
        chosen={search.technique}
        choices={techniques.map((technique) => ({
          value: technique,
          text: `${technique} ${techniqueName(technique)}`,
        }))}
        onChoose={(technique) => void navigate({ search: (before) => ({ ...before, technique }) })}
      />
      <ul aria-label={messages.coverage.legend} className="ml-auto flex flex-wrap gap-x-4 text-12 text-dim">
        {coverageKinds.map((kind) => (
          <li key={kind} className="sign">
            <CoverageShape kind={kind} />
            {messages.coverage.words[kind]}
          </li>
        ))}
      </ul>
    </FilterRow>
  )
}

const NoRows = ({ any }: { readonly any: boolean }) => {
  const navigate = useNavigate({ from: '/coverage' })
  return any ? (
    <NoMatch
      said={messages.coverage.noMatch}
      clear={messages.coverage.clear}
      onClear={() => void navigate({ search: {} })}
    />
  ) : (
    <NoRulesLoaded said={messages.coverage.none} />
  )
}
