import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useLayoutEffect, useRef, useState } from 'react'
import type { CasesAnswer, DetectionHonesty } from '../../../api/contract/detection.ts'
import { type Case, caseStates } from '../../../model/case.ts'
import { casesQuery } from '../../api/case-queries.ts'
import { sourcesQuery } from '../../api/queries.ts'
import { SeverityFilter } from '../../filters/SeverityFilter.tsx'
import { count, duration } from '../../format/numbers.ts'
import { Page } from '../../frame/Page.tsx'
import { useKey } from '../../keys/use-key.ts'
import { messages } from '../../messages.ts'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { Icon } from '../../parts/Icon.tsx'
import { NoRulesLoaded } from '../../parts/NoRulesLoaded.tsx'
import { NoSource } from '../../parts/NoSource.tsx'
import { CaseTable } from './CaseTable.tsx'
import { suppressionHref } from './suppression-href.ts'
import { useCaseStream } from './use-case-stream.ts'
import { useTriage } from './use-triage.tsx'

/** The inbox: what needs a person, worst first, to be worked through with the keyboard. */
export const CasesPage = () => {
  const search = useSearch({ from: '/cases' })
  const navigate = useNavigate({ from: '/cases' })
  const filter = {
    state: search.state === 'all' ? undefined : (search.state ?? 'open,acknowledged'),
    severity: search.severity,
    namespace: search.ns,
    rule: search.rule,
    name: search.name,
  }
  const cases = useInfiniteQuery(casesQuery(filter))
  useCaseStream()
  const triage = useTriage()
  const rows = cases.data?.pages.flatMap(({ items }) => items) ?? []
  const first = cases.data?.pages[0]
  const [current, setCurrent] = useState<string>()
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const here = rows.find(({ id }) => id === current)
  const picked = rows.filter(({ id }) => chosen.has(id))
  /** The chosen ones, or the one in hand. */
  const meant = picked.length > 0 ? picked : here === undefined ? [] : [here]

  const goOn = useNextRow(rows, current, setCurrent)
  useKey('open', () => {
    if (here === undefined) return false
    void navigate({ to: '/cases/$id', params: { id: here.id } })
    return true
  })
  const onMeant = (run: (cases: readonly Case[]) => void) => (): boolean => {
    if (meant.length === 0) return false
    run(meant)
    return true
  }
  const toggle = (id: string): void => setChosen((before) => toggled(before, id))
  useKey(
    'close-case',
    onMeant((all) => triage.close(all)),
  )
  useKey(
    'snooze',
    onMeant((all) => triage.snooze(all)),
  )
  useKey(
    'assign',
    onMeant(([one]) => one !== undefined && triage.take(one)),
  )
  useKey(
    'suppress',
    onMeant(([one]) => one !== undefined && void navigate({ href: suppressionHref(one.id) })),
  )
  useKey('select', () => {
    if (here === undefined) return false
    toggle(here.id)
    goOn(1)
    return true
  })
  useKey('merge', () => {
    triage.merge(picked)
    setChosen(new Set())
    return true
  })
  useKey('back', () => {
    if (chosen.size === 0) return false
    setChosen(new Set())
    return true
  })

  return (
    <Page
      title={messages.pages.cases}
      claim={first && <Claim answer={first} />}
      busy={cases.isFetching && !cases.isFetchingNextPage}
      answeredAt={cases.dataUpdatedAt}
      actions={
        chosen.size > 1 && (
          <button
            type="button"
            className="btn btn-primary"
            disabled={triage.locked}
            onClick={() => triage.merge(picked)}
          >
            {messages.cases.actions.merge} · {messages.cases.chosen(chosen.size)} <span className="kbd">m</span>
          </button>
        )
      }
    >
      <Filters counts={first?.counts} />
      {cases.error && !cases.data && <Fault error={cases.error} retry={() => void cases.refetch()} />}
      {first && rows.length === 0 && (
        <NoCases
          answer={first}
          filtered={Boolean(search.name ?? search.severity ?? search.ns ?? search.rule)}
          state={search.state}
        />
      )}
      {rows.length > 0 && (
        <CaseTable rows={rows} current={current} chosen={chosen} onCurrent={setCurrent} onToggle={toggle} />
      )}
      {cases.hasNextPage && (
        <button type="button" className="btn mt-3 self-start" onClick={() => void cases.fetchNextPage()}>
          {messages.cases.more}
        </button>
      )}
      {triage.overlay}
    </Page>
  )
}

const toggled = (set: ReadonlySet<string>, id: string): ReadonlySet<string> =>
  set.has(id) ? new Set([...set].filter((one) => one !== id)) : new Set([...set, id])

/** j and k; a row that went away (closed, merged) leaves the one at its place in hand, in the same moment. */
const useNextRow = (
  rows: readonly Case[],
  current: string | undefined,
  setCurrent: (id: string | undefined) => void,
): ((by: 1 | -1) => boolean) => {
  const place = useRef(-1)
  const at = rows.findIndex(({ id }) => id === current)
  if (at >= 0) place.current = at
  useLayoutEffect(() => {
    if (at >= 0 || rows.length === 0 || place.current < 0) return
    setCurrent(rows[Math.min(place.current, rows.length - 1)]?.id)
  }, [at, rows, setCurrent])
  useLayoutEffect(() => {
    if (current !== undefined) document.getElementById(`case-${current}`)?.focus()
  }, [current])
  const move = (by: 1 | -1): boolean => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))]
    if (next === undefined) return false
    setCurrent(next.id)
    return true
  }
  useKey('next', () => move(1))
  useKey('previous', () => move(-1))
  return move
}

const Claim = ({ answer }: { readonly answer: CasesAnswer }) => {
  const { claim } = messages.cases
  const { honesty, counts } = answer
  if (honesty.rulesRunning === 0) return <span className="text-past">{claim.noRules}</span>
  return (
    <>
      {claim.need(counts.open)} {claim.rules(honesty.rulesRunning)}
      <Doubts honesty={honesty} />
    </>
  )
}

const Doubts = ({ honesty }: { readonly honesty: DetectionHonesty }) => (
  <span className="text-past">
    {honesty.lagMillis > 5000 && ` ${messages.cases.claim.behind(duration(honesty.lagMillis))}`}
    {honesty.silentSources.length > 0 && ` ${messages.cases.claim.silent(honesty.silentSources.join(', '))}`}
    {honesty.notes.map((note) => ` ${note}`)}
  </span>
)

const tabs = ['inbox', ...caseStates.filter((state) => state !== 'open' && state !== 'acknowledged'), 'all'] as const

const Filters = ({ counts }: { readonly counts: CasesAnswer['counts'] | undefined }) => {
  const search = useSearch({ from: '/cases' })
  const navigate = useNavigate({ from: '/cases' })
  const field = useRef<HTMLInputElement>(null)
  useKey('query', () => {
    field.current?.focus()
    return true
  })
  const [typed, setTyped] = useState(search.name ?? '')
  const numberOf = (tab: (typeof tabs)[number]): number | undefined =>
    counts && (tab === 'inbox' ? counts.open + counts.acknowledged : tab === 'all' ? undefined : counts[tab])
  const set = (change: Partial<typeof search>): void =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
  return (
    <div className="flex flex-wrap items-center gap-2 pb-2">
      <fieldset className="flex gap-1 border-0 p-0" aria-label={messages.cases.columns.state}>
        {tabs.map((tab) => {
          const state = tab === 'inbox' ? undefined : tab
          const number = numberOf(tab)
          return (
            <button
              key={tab}
              type="button"
              className="btn"
              aria-pressed={search.state === state}
              onClick={() => set({ state })}
            >
              {tab === 'inbox'
                ? messages.cases.states.open
                : tab === 'all'
                  ? messages.cases.all
                  : messages.cases.states[tab]}
              {number !== undefined && <span className="text-dim">{count(number)}</span>}
            </button>
          )
        })}
      </fieldset>
      <SeverityFilter chosen={search.severity} onChoose={(severity) => set({ severity })} />
      <form
        className="flex min-w-40 grow"
        onSubmit={(event) => {
          event.preventDefault()
          set({ name: typed.trim() || undefined })
        }}
      >
        <input
          ref={field}
          type="search"
          className="field max-w-96 grow"
          aria-label={messages.cases.filter}
          placeholder={messages.cases.filter}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value)
            if (event.target.value === '') set({ name: undefined })
          }}
        />
      </form>
      {search.ns && <Chip label={search.ns} onDrop={() => set({ ns: undefined })} />}
      {search.rule && <Chip label={search.rule} onDrop={() => set({ rule: undefined })} />}
    </div>
  )
}

const Chip = ({ label, onDrop }: { readonly label: string; readonly onDrop: () => void }) => (
  <button type="button" className="chip" onClick={onDrop} aria-label={messages.empty.remove(label)}>
    <span className="max-w-48 truncate font-mono text-12">{label}</span>
    <Icon name="close" className="size-3" />
  </button>
)

/** Which of the three holds: nothing happened, nothing matches, or it could not have been seen. */
const NoCases = ({
  answer,
  filtered,
  state,
}: {
  readonly answer: CasesAnswer
  readonly filtered: boolean
  readonly state: string | undefined
}) => {
  const navigate = useNavigate({ from: '/cases' })
  const sources = useQuery(sourcesQuery)
  const clear = (
    <button type="button" className="btn" onClick={() => void navigate({ search: {} })}>
      {messages.cases.clear}
    </button>
  )
  if (filtered)
    return (
      <Empty kind="noMatch" actions={clear}>
        {messages.cases.noMatch}
      </Empty>
    )
  if (answer.honesty.rulesRunning === 0) return <NoRulesLoaded said={messages.cases.noRules} />
  if (sources.data?.items.length === 0) return <NoSource>{messages.cases.noSource}</NoSource>
  if (answer.honesty.silentSources.length > 0)
    return <Empty kind="unseen">{messages.cases.claim.silent(answer.honesty.silentSources.join(', '))}</Empty>
  const named = caseStates.find((one) => one === state)
  return named === undefined ? (
    <Empty kind="nothing">{messages.cases.none}</Empty>
  ) : (
    <Empty kind="nothing" actions={clear}>
      {messages.cases.noneState(messages.cases.states[named])}
    </Empty>
  )
}
