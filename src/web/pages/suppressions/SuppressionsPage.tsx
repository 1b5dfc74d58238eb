import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import { type Suppression, suppressionStates } from '../../../model/suppression.ts'
import { ruleKeys } from '../../api/rule-queries.ts'
import { removeSuppression, suppressionsQuery } from '../../api/suppression-queries.ts'
import { useChange } from '../../changes/use-change.tsx'
import { ButtonFilter } from '../../filters/ButtonFilter.tsx'
import { FilterRow } from '../../filters/FilterRow.tsx'
import { NoMatch } from '../../filters/NoMatch.tsx'
import { TextFilter } from '../../filters/TextFilter.tsx'
import { count } from '../../format/numbers.ts'
import { Page } from '../../frame/Page.tsx'
import { messages } from '../../messages.ts'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { ScrollRegion } from '../../parts/ScrollRegion.tsx'
import { useTime } from '../../url/use-time.ts'
import { FilledForm } from './FilledForm.tsx'
import { SuppressionPanel } from './SuppressionPanel.tsx'
import { SuppressionTable } from './SuppressionTable.tsx'
import { type Draft, draftOf } from './suppression-draft.ts'
import { inForce, needsLook, shownSuppressions, stateCounts } from './suppression-filter.ts'

/** Exceptions: whose word each is, until when, and whether it does what it should. Or the form to make one. */
export const SuppressionsPage = () => {
  const search = useSearch({ from: '/suppressions' })
  const navigate = useNavigate({ from: '/suppressions' })
  const suppressions = useQuery(suppressionsQuery)
  const changes = useChange(ruleKeys)
  /** What was removed last, for the form to be filled in with again. */
  const [removed, setRemoved] = useState<Draft>()
  const scroller = useRef<HTMLElement>(null)
  const items = suppressions.data?.items ?? []
  if (search.form !== undefined || search.case !== undefined) {
    return (
      <>
        <FilledForm
          removed={removed}
          changes={changes}
          onSaved={async (name) => {
            setRemoved(undefined)
            await suppressions.refetch()
            void navigate({ search: { open: `page-${name}` } })
          }}
        />
        {changes.overlay}
      </>
    )
  }
  const remove = (item: Suppression): void =>
    changes.perform({
      text: messages.suppressions.remove.done(item.name),
      run: (by) => removeSuppression(item.id, by),
      // Nothing is saved that was not tried on the record: what was removed goes through the form again.
      back: () => ({
        kind: 'again',
        label: messages.suppressions.remove.back,
        go: () => {
          setRemoved(draftOf(item))
          void navigate({ search: { form: 'removed' } })
        },
      }),
      onDone: () => void navigate({ search: (before) => ({ ...before, open: undefined }) }),
    })
  const shown = shownSuppressions(items, search.q, search.state)
  const look = items.filter(({ state }) => needsLook(state)).length
  return (
    <Page
      title={messages.pages.suppressions}
      claim={
        suppressions.data &&
        (items.length === 0
          ? messages.suppressions.claimNone
          : messages.suppressions.claim(items.filter(({ state }) => inForce(state)).length, look))
      }
      scrolls={false}
      busy={suppressions.isFetching && !suppressions.data}
      answeredAt={suppressions.dataUpdatedAt}
      actions={<CreateLink />}
    >
      <Filters items={items} />
      <div className="flex min-h-0 grow border-t border-line">
        <ScrollRegion
          ref={scroller}
          label={messages.pages.suppressions}
          className="@container min-w-0 grow overflow-y-auto px-5 pb-6"
        >
          {suppressions.error && !suppressions.data && (
            <Fault error={suppressions.error} retry={() => void suppressions.refetch()} />
          )}
          {suppressions.data && shown.length === 0 && <NoSuppressions any={items.length > 0} />}
          {shown.length > 0 && (
            <SuppressionTable
              items={shown}
              opened={search.open}
              scroller={scroller}
              onOpen={(id) =>
                void navigate({ search: (before) => ({ ...before, open: id === search.open ? undefined : id }) })
              }
            />
          )}
        </ScrollRegion>
        {search.open !== undefined && suppressions.data && (
          <SuppressionPanel
            key={search.open}
            item={items.find(({ id }) => id === search.open)}
            busy={changes.busy}
            onRemove={remove}
            onClose={() => void navigate({ search: (before) => ({ ...before, open: undefined }) })}
          />
        )}
      </div>
      {changes.overlay}
    </Page>
  )
}

const CreateLink = () => {
  const { past } = useTime()
  return (
    <Link
      to="/suppressions"
      search={{ form: 'new' }}
      disabled={past}
      title={past ? messages.suppressions.form.why.past : undefined}
      className="btn aria-disabled:text-faint"
    >
      {messages.suppressions.create}
    </Link>
  )
}

const NoSuppressions = ({ any }: { readonly any: boolean }) => {
  const navigate = useNavigate({ from: '/suppressions' })
  return any ? (
    <NoMatch
      said={messages.suppressions.noMatch}
      clear={messages.suppressions.clear}
      onClear={() => void navigate({ search: {} })}
    />
  ) : (
    <Empty kind="notSet">{messages.suppressions.none}</Empty>
  )
}

const Filters = ({ items }: { readonly items: readonly Suppression[] }) => {
  const search = useSearch({ from: '/suppressions' })
  const navigate = useNavigate({ from: '/suppressions' })
  const counts = stateCounts(items)
  return (
    <FilterRow>
      <TextFilter
        label={messages.suppressions.filter}
        text={search.q}
        onText={(q) => void navigate({ search: (before) => ({ ...before, q }), replace: true })}
      />
      <ButtonFilter
        label={messages.suppressions.state}
        any={messages.suppressions.anyState}
        chosen={search.state}
        choices={suppressionStates.map((state) => ({
          value: state,
          text: messages.suppressions.states[state],
          count: count(counts[state]),
        }))}
        onChoose={(state) => void navigate({ search: (before) => ({ ...before, state }) })}
      />
    </FilterRow>
  )
}
