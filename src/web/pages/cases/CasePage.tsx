import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { CaseDetail } from '../../../api/contract/detection.ts'
import type { Case, CaseEntity } from '../../../model/case.ts'
import { caseQuery } from '../../api/case-queries.ts'
import { ApiError } from '../../api/client.ts'
import { serverNow } from '../../api/clock.ts'
import { inFull, span, viewerZone } from '../../format/dates.ts'
import { Page } from '../../frame/Page.tsx'
import { useKey } from '../../keys/use-key.ts'
import { messages } from '../../messages.ts'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { Section } from '../../parts/Section.tsx'
import { SeverityMark } from '../../parts/Severity.tsx'
import { techniqueName } from '../coverage/technique-names.ts'
import { CaseLanes } from './CaseLanes.tsx'
import { CaseSteps } from './CaseSteps.tsx'
import { StateOf } from './CaseTable.tsx'
import { suppressionHref } from './suppression-href.ts'
import { useCaseStream } from './use-case-stream.ts'
import { type Triage, useTriage } from './use-triage.tsx'

/** One case: what happened, why it matters here, the evidence, what to do, and how to make it quieter. */
export const CasePage = () => {
  const { id } = useParams({ from: '/cases/$id' })
  const found = useQuery(caseQuery(id))
  useCaseStream()
  const triage = useTriage()
  const navigate = useNavigate()
  const one = found.data?.case
  useKey('back', () => {
    void navigate({ to: '/cases' })
    return true
  })
  useCaseKeys(one, triage)
  const missing = found.error instanceof ApiError && found.error.status === 404
  return (
    <Page
      title={messages.cases.page.title}
      claim={
        <>
          <span className="pr-4 font-mono text-12">{id}</span>
          <Link to="/cases" className="link">
            {messages.cases.page.back}
          </Link>
        </>
      }
      busy={found.isFetching && !found.data}
      answeredAt={found.dataUpdatedAt}
      actions={one && <Actions one={one} triage={triage} />}
    >
      {missing && <Empty kind="noMatch">{messages.cases.page.notFound}</Empty>}
      {found.error && !missing && !found.data && <Fault error={found.error} retry={() => void found.refetch()} />}
      {found.data && <Story detail={found.data} triage={triage} />}
      {triage.overlay}
    </Page>
  )
}

const useCaseKeys = (one: Case | undefined, triage: Triage): void => {
  const navigate = useNavigate()
  const on = (run: (one: Case) => void) => (): boolean => {
    if (one === undefined) return false
    run(one)
    return true
  }
  useKey(
    'close-case',
    on((each) => triage.close([each])),
  )
  useKey(
    'snooze',
    on((each) => triage.snooze([each])),
  )
  useKey(
    'assign',
    on((each) => triage.take(each)),
  )
  useKey(
    'suppress',
    on((each) => void navigate({ href: suppressionHref(each.id) })),
  )
}

const Actions = ({ one, triage }: { readonly one: Case; readonly triage: Triage }) => {
  const navigate = useNavigate()
  const { actions } = messages.cases
  const locked = triage.locked || triage.busy
  const button = (label: string, key: string, run: () => void, primary = false) => (
    <button
      type="button"
      className={`btn ${primary ? 'btn-primary' : ''}`}
      disabled={locked}
      onClick={run}
      title={key === '' ? undefined : `${label} (${key})`}
    >
      {label}
      {key !== '' && <span className="kbd max-md:hidden">{key}</span>}
    </button>
  )
  if (one.state === 'closed') return button(actions.reopen, '', () => triage.reopen(one))
  return (
    <>
      {button(one.owner === '' ? actions.assign : actions.release, 'a', () => triage.take(one))}
      {button(actions.snooze, 'h', () => triage.snooze([one]))}
      {button(actions.suppress, 's', () => void navigate({ href: suppressionHref(one.id) }))}
      {button(actions.close, 'e', () => triage.close([one]), true)}
    </>
  )
}

const Story = ({ detail, triage }: { readonly detail: CaseDetail; readonly triage: Triage }) => {
  const { case: one, steps } = detail
  const { page } = messages.cases
  const search = useSearch({ from: '/cases/$id' })
  const navigate = useNavigate({ from: '/cases/$id' })
  return (
    <>
      <p className="max-w-4xl text-18 leading-7 font-medium wrap-anywhere">{one.title}</p>
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 pt-1.5 text-dim">
        <SeverityMark severity={one.severity} />
        <span>
          <StateOf one={one} />
        </span>
        <span title={`${inFull(one.firstTime, serverNow())}\n–\n${inFull(one.lastTime, serverNow())}`}>
          {span(one.firstTime, one.lastTime, serverNow())}{' '}
          <span className="text-12 text-faint">{viewerZone.timeZone}</span>
        </span>
        <span>
          {page.last} <Moment time={one.lastTime} as="age" />
        </span>
        <span>{page.detections(one.detections)}</span>
      </p>
      {one.mergedInto !== undefined && (
        <p className="pt-2">
          {page.merged}{' '}
          <Link to="/cases/$id" params={{ id: one.mergedInto }} className="link font-mono">
            {one.mergedInto}
          </Link>
        </p>
      )}
      {one.note !== '' && (
        <p className="max-w-3xl border-l-2 border-line-strong pt-2 pl-3 whitespace-pre-wrap">{one.note}</p>
      )}

      <div className="grid grid-cols-[minmax(0,1fr)_340px] gap-x-10 max-xl:grid-cols-1">
        <div className="min-w-0">
          <Section title={page.story} aside={page.storyNote(steps.length, one.detections)}>
            {detail.gaps.length > 0 && (
              <p className="flex items-center gap-2 pb-2 text-past">
                <span className="hatched size-3 border border-past" aria-hidden="true" />
                {page.gaps}
              </p>
            )}
            <CaseLanes
              steps={steps}
              gaps={detail.gaps}
              selected={search.step}
              onSelect={(step) => void navigate({ search: (before) => ({ ...before, step }), replace: true })}
            />
            <CaseSteps
              one={one}
              steps={steps}
              selected={search.step}
              onSelect={(step) => void navigate({ search: (before) => ({ ...before, step }), replace: true })}
              onSplit={(step) => triage.split(one, [step])}
              locked={triage.locked}
            />
            {detail.moreSteps && <p className="pt-2 text-past">{page.more}</p>}
          </Section>
        </div>
        <aside className="min-w-0">
          <Section title={page.why}>
            <ul className="flex flex-col gap-1">
              {one.severityReasons.map(({ text, steps: by }) => (
                <li key={text} className="flex gap-2 wrap-anywhere">
                  <span className="w-10 shrink-0 text-right font-mono text-12 leading-5 text-dim">
                    {page.whySteps(by)}
                  </span>
                  {text}
                </li>
              ))}
            </ul>
          </Section>
          <Section title={page.advice}>
            {detail.advice.length === 0 && <p className="text-dim">{page.noAdvice}</p>}
            <ol className="flex flex-col gap-2">
              {detail.advice.map(({ rule, title, text }) => (
                <li key={rule}>
                  {text}
                  <span className="block text-12 text-dim">{title}</span>
                </li>
              ))}
            </ol>
          </Section>
          <Section title={page.touches}>
            <Entities entities={one.entities} />
          </Section>
          {one.techniques.length > 0 && (
            <Section title={page.techniques}>
              <ul className="flex flex-col gap-1">
                {one.techniques.map((technique) => (
                  <li key={technique}>
                    <Link to="/coverage" search={{ view: 'techniques', technique }} className="hover:underline">
                      <span className="font-mono text-12">{technique}</span>{' '}
                      <span className="text-dim">{techniqueName(technique)}</span>
                    </Link>
                  </li>
                ))}
              </ul>
            </Section>
          )}
          <Section title={page.quieter}>
            <p className="pb-2 text-dim">{page.quieterNote}</p>
            <button
              type="button"
              className="btn"
              disabled={triage.locked}
              onClick={() => void navigate({ href: suppressionHref(one.id) })}
            >
              {messages.cases.actions.suppress} <span className="kbd">s</span>
            </button>
          </Section>
          <Section title={page.history}>
            <History detail={detail} />
          </Section>
        </aside>
      </div>
    </>
  )
}

const roles = ['actor', 'address', 'target', 'place'] as const

const Entities = ({ entities }: { readonly entities: readonly CaseEntity[] }) => (
  <dl className="flex flex-col gap-2">
    {roles.map((role) => {
      const own = entities.filter((entity) => entity.role === role)
      if (own.length === 0) return null
      return (
        <div key={role}>
          <dt className="text-12 text-dim">{messages.cases.page.roles[role]}</dt>
          {own.map(({ kind, namespace, name, count: times }) => (
            <dd key={`${kind}/${namespace}/${name}`} className="flex items-baseline gap-2">
              <span
                className="min-w-0 truncate font-mono text-12"
                title={`${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`}
              >
                {namespace !== '' && <span className="text-dim">{namespace}/</span>}
                {name === '' ? '*' : name}
              </span>
              <span className="shrink-0 text-12 text-faint">{kind}</span>
              <span className="ml-auto shrink-0 text-12 text-dim">{messages.cases.page.times(times)}</span>
            </dd>
          ))}
        </div>
      )
    })}
  </dl>
)

const History = ({ detail }: { readonly detail: CaseDetail }) => {
  if (detail.history.length === 0) return <p className="text-dim">{messages.cases.page.noHistory}</p>
  return (
    <ol className="flex flex-col gap-1.5">
      {detail.history.map(({ id, time, by, text }) => (
        <li key={id}>
          {text}
          <span className="block text-12 text-dim">
            {by === '' ? messages.cases.page.bulwark : by} · <Moment time={time} />
          </span>
        </li>
      ))}
    </ol>
  )
}
