import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useRef } from 'react'
import type { RulesAnswer } from '../../../api/contract/detection.ts'
import { ruleKeys, rulesQuery, switchRule } from '../../api/rule-queries.ts'
import { type Changes, useChange } from '../../changes/use-change.tsx'
import { NoMatch } from '../../filters/NoMatch.tsx'
import { Page } from '../../frame/Page.tsx'
import { messages } from '../../messages.ts'
import { Fault } from '../../parts/Fault.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { NoRulesLoaded } from '../../parts/NoRulesLoaded.tsx'
import { ScrollRegion } from '../../parts/ScrollRegion.tsx'
import { RefusedFiles } from './RefusedFiles.tsx'
import { RuleFilters } from './RuleFilters.tsx'
import { RulePanel } from './RulePanel.tsx'
import { RuleTable } from './RuleTable.tsx'
import { shownRules } from './rule-filter.ts'

/** Every rule: whether it is on, whether it can see anything, what it said, and what is wrong with it. */
export const RulesPage = () => {
  const search = useSearch({ from: '/rules' })
  const navigate = useNavigate({ from: '/rules' })
  const rules = useQuery(rulesQuery)
  const changes = useChange(ruleKeys)
  const scroller = useRef<HTMLElement>(null)
  const data = rules.data
  const all = data?.items ?? []
  const rows = shownRules(all, {
    text: search.q,
    from: search.origin,
    severity: search.severity,
    coverage: search.coverage,
  })
  const open = (rule: string | undefined): void => {
    void navigate({ search: (before) => ({ ...before, rule }) })
  }
  const onSwitch = (id: string, title: string, on: boolean): void => flip(changes, id, title, on)
  return (
    <Page
      title={messages.pages.rules}
      claim={data && claimOf(data)}
      scrolls={false}
      busy={rules.isFetching && !data}
      answeredAt={rules.dataUpdatedAt}
      actions={
        <>
          {data && (
            <span className="text-12 text-dim max-xl:hidden">
              {messages.rules.loaded} <Moment time={data.loadedAt} as="age" />
            </span>
          )}
          <Link to="/rules/edit" className="btn">
            {messages.rules.newRule}
          </Link>
        </>
      }
    >
      <RuleFilters shown={rows.length} all={all.length} />
      <div className="flex min-h-0 grow border-t border-line">
        <ScrollRegion
          ref={scroller}
          label={messages.pages.rules}
          className="@container min-w-0 grow overflow-y-auto px-5 pb-6"
        >
          {rules.error && !data && <Fault error={rules.error} retry={() => void rules.refetch()} />}
          {data && data.refused.length > 0 && <RefusedFiles refused={data.refused} />}
          {data && rows.length === 0 && <NoRules any={all.length > 0} />}
          {rows.length > 0 && (
            <RuleTable
              rows={rows}
              opened={search.rule}
              onOpen={(id) => open(id === search.rule ? undefined : id)}
              onSwitch={onSwitch}
              locked={changes.locked}
              busy={changes.busy}
              scroller={scroller}
            />
          )}
        </ScrollRegion>
        {search.rule !== undefined && (
          <RulePanel
            key={search.rule}
            id={search.rule}
            changes={changes}
            onSwitch={onSwitch}
            onClose={() => open(undefined)}
          />
        )}
      </div>
      {changes.overlay}
    </Page>
  )
}

const flip = (changes: Changes, id: string, title: string, on: boolean): void =>
  changes.perform({
    text: on ? messages.rules.done.on(title) : messages.rules.done.off(title),
    run: (by) => switchRule(id, on, by),
    back: () => ({ kind: 'undo', run: (by) => switchRule(id, !on, by) }),
  })

const claimOf = ({ items, refused }: RulesAnswer) => {
  const errors = refused.filter(({ severity }) => severity === 'error').length
  return (
    <>
      {messages.rules.claim(
        items.filter(({ enabled }) => enabled).length,
        items.length,
        items.filter(({ fired }) => fired > 0).length,
      )}
      {errors > 0 && <span className="text-past"> {messages.rules.refusedClaim(errors)}</span>}
    </>
  )
}

const NoRules = ({ any }: { readonly any: boolean }) => {
  const navigate = useNavigate({ from: '/rules' })
  return any ? (
    <NoMatch
      said={messages.rules.noMatch}
      clear={messages.rules.clear}
      onClear={() => void navigate({ search: ({ rule }) => ({ rule }) })}
    />
  ) : (
    <NoRulesLoaded said={messages.rules.none} />
  )
}
