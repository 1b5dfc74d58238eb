import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { suppressionOfCaseQuery, suppressionsQuery } from '../../api/suppression-queries.ts'
import { loadName } from '../../changes/my-name.ts'
import type { Changes } from '../../changes/use-change.tsx'
import { Page } from '../../frame/Page.tsx'
import { messages } from '../../messages.ts'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { SuppressionForm } from './SuppressionForm.tsx'
import { type Draft, dayAfter, draftOf, emptyDraft } from './suppression-draft.ts'

interface Props {
  /** What was removed last. */
  readonly removed: Draft | undefined
  readonly changes: Changes
  readonly onSaved: (name: string) => Promise<void>
}

/** The form, filled in from a case, from the suppression that is changed, or empty. */
export const FilledForm = ({ removed, changes, onSaved }: Props) => {
  const search = useSearch({ from: '/suppressions' })
  const ofCase = useQuery({ ...suppressionOfCaseQuery(search.case ?? ''), enabled: search.case !== undefined })
  const kept = useQuery(suppressionsQuery)
  const edited = search.form === 'new' ? undefined : kept.data?.items.find(({ id }) => id === search.form)
  const { form } = messages.suppressions
  const error = ofCase.error ?? (search.case === undefined ? kept.error : undefined)
  const draft = (): Draft | undefined => {
    if (search.case !== undefined) return ofCase.data && withOwner(draftOf(ofCase.data))
    if (search.form === 'new') return emptyDraft(loadName(), new Date())
    if (search.form === 'removed') return removed ?? emptyDraft(loadName(), new Date())
    return (
      edited &&
      (search.days === undefined ? draftOf(edited) : longer(draftOf(edited), edited.expires, Number(search.days)))
    )
  }
  const initial = draft()
  return (
    <Page
      title={edited === undefined ? form.newTitle : form.editTitle(edited.name)}
      claim={
        search.case === undefined ? (
          form.claim
        ) : (
          <>
            {form.fromCase}{' '}
            <Link to="/cases/$id" params={{ id: search.case }} className="link">
              {search.case}
            </Link>
            . {form.claim}
          </>
        )
      }
      scrolls={false}
      busy={initial === undefined && error === null}
    >
      {error && (
        <div className="px-5">
          <Fault error={error} retry={() => void (search.case === undefined ? kept : ofCase).refetch()} />
        </div>
      )}
      {initial === undefined && kept.data && search.case === undefined && (
        <div className="px-5">
          <Empty kind="noMatch">{messages.suppressions.panel.unknown}</Empty>
        </div>
      )}
      {initial && (
        <SuppressionForm
          key={`${search.case ?? ''} ${search.form ?? ''} ${search.days ?? ''}`}
          initial={initial}
          edited={edited}
          changes={changes}
          onSaved={onSaved}
        />
      )}
    </Page>
  )
}

const withOwner = (draft: Draft): Draft => (draft.owner === '' ? { ...draft, owner: loadName() } : draft)

/** Counted from its end, or from today where that has passed. */
const longer = (draft: Draft, expires: string, days: number): Draft => ({
  ...draft,
  lastDay: dayAfter(new Date(Math.max(Date.now(), Date.parse(expires) - 1)), days),
})
