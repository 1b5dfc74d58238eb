import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense } from 'react'
import type { RuleDetail } from '../../../api/contract/detection.ts'
import { techniquesOf } from '../../../model/rule.ts'
import { ApiError } from '../../api/client.ts'
import { serverNow } from '../../api/clock.ts'
import { removeRules, ruleQuery } from '../../api/rule-queries.ts'
import type { Changes } from '../../changes/use-change.tsx'
import { span } from '../../format/dates.ts'
import { count } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import { CopyBlock, CopyButton } from '../../parts/CopyButton.tsx'
import { CoverageMark } from '../../parts/CoverageMark.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { Icon } from '../../parts/Icon.tsx'
import { Line } from '../../parts/Line.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { Progress } from '../../parts/Progress.tsx'
import { ScrollRegion } from '../../parts/ScrollRegion.tsx'
import { SelftestResult } from '../../parts/SelftestResult.tsx'
import { SeverityMark } from '../../parts/Severity.tsx'
import { SidePanel } from '../../parts/SidePanel.tsx'
import { Switch } from '../../parts/Switch.tsx'
import { FiredByHour } from './FiredByHour.tsx'
import { savedName } from './saved-name.ts'

// The highlighter is of use only here and in the editor: the list of rules does not wait for it.
const RuleText = lazy(() => import('./RuleText.tsx').then(({ RuleText: component }) => ({ default: component })))

interface Props {
  readonly id: string
  readonly changes: Changes
  readonly onSwitch: (id: string, title: string, on: boolean) => void
  readonly onClose: () => void
}

/** One rule: what it is for, how it does, and its text. */
export const RulePanel = ({ id, changes, onSwitch, onClose }: Props) => {
  const rule = useQuery(ruleQuery(id))
  const unknown = rule.error instanceof ApiError && rule.error.status === 404
  return (
    <SidePanel label={messages.rules.panel.label} onClose={onClose}>
      <Progress busy={rule.isFetching && !rule.data} />
      {unknown && <Empty kind="noMatch">{messages.rules.panel.unknown}</Empty>}
      {rule.error && !unknown && !rule.data && <Fault error={rule.error} retry={() => void rule.refetch()} />}
      {rule.data && !unknown && <Detail detail={rule.data} changes={changes} onSwitch={onSwitch} onClose={onClose} />}
    </SidePanel>
  )
}

interface DetailProps extends Omit<Props, 'id'> {
  readonly detail: RuleDetail
}

const Detail = ({ detail, changes, onSwitch, onClose }: DetailProps) => {
  const { rule } = detail
  const { panel } = messages.rules
  return (
    <>
      <h3 className="text-14 font-semibold wrap-anywhere">{rule.title}</h3>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 pt-1">
        <SeverityMark severity={rule.severity} />
        <span className="text-dim">
          {messages.rules.origins[rule.origin]} · {messages.rules.languages[rule.language]}
        </span>
      </div>
      <Actions detail={detail} changes={changes} onSwitch={onSwitch} onClose={onClose} />
      {rule.description !== '' && <p className="pt-3 wrap-anywhere whitespace-pre-line">{rule.description}</p>}
      <Prose title={panel.why} text={rule.guide.why} />
      <Prose title={panel.normal} text={rule.guide.normal} />
      <Prose title={panel.respond} text={rule.guide.respond} />
      {rule.falsePositives.length > 0 && <Prose title={panel.falsePositives} text={rule.falsePositives.join('\n')} />}
      <Part title={panel.coverage}>
        <p className="flex items-baseline gap-3">
          <CoverageMark coverage={detail.coverage} />
          <Link to="/coverage" search={{ open: rule.id }} className="link">
            {panel.coverageLink}
          </Link>
        </p>
        {'why' in detail.coverage && <p className="text-dim wrap-anywhere">{detail.coverage.why}</p>}
        {detail.coverage.kind === 'cannot' && detail.coverage.mend !== '' && (
          <div className="pt-1">
            <CopyBlock text={detail.coverage.mend} label={panel.mend} />
          </div>
        )}
        {detail.problems.map((problem) => (
          <p key={problem} className="flex items-start gap-1.5 pt-1 text-past wrap-anywhere">
            <Icon name="warn" className="mt-1 size-3.5" />
            {problem}
          </p>
        ))}
      </Part>
      <Part title={messages.coverage.selftest.column}>
        <SelftestResult rule={rule.id} origin={rule.origin} selftest={detail.selftest} />
      </Part>
      <Part title={panel.fired}>
        <FiredByHour counts={detail.firedByHour} />
        <p className="text-dim">
          {panel.allTime(detail.fired)} {detail.suppressed > 0 && panel.suppressed(detail.suppressed)}{' '}
          <Link to="/cases" search={{ rule: rule.id, state: 'all' }} className="link">
            {panel.cases}
          </Link>
        </p>
      </Part>
      <Part title={panel.backtest}>
        {detail.lastBacktest === undefined ? (
          <p className="text-dim">{panel.never}</p>
        ) : (
          <p>
            {panel.replayed(
              detail.lastBacktest.fired,
              span(detail.lastBacktest.from, detail.lastBacktest.to, serverNow()),
            )}{' '}
            <span className="text-dim">
              <Moment time={detail.lastBacktest.time} as="age" />
            </span>
          </p>
        )}
      </Part>
      <Part title={panel.fields}>
        <p className="font-mono text-12 wrap-anywhere text-dim">
          {detail.fields.length === 0 ? panel.noFields : detail.fields.join(', ')}
        </p>
      </Part>
      <Part title={panel.text}>
        {detail.text === '' ? <p className="text-dim">{panel.noText}</p> : <Written text={detail.text} />}
      </Part>
      <Origin detail={detail} />
    </>
  )
}

const Actions = ({ detail, changes, onSwitch, onClose }: DetailProps) => {
  const { rule } = detail
  const own = savedName(rule)
  return (
    <div className="flex flex-wrap items-center gap-2 pt-3">
      <span className="inline-flex items-center gap-2 pr-1">
        <Switch
          on={detail.enabled}
          label={messages.rules.switchLabel(rule.title)}
          title={changes.locked ? messages.rules.switchPast : undefined}
          disabled={changes.locked || changes.busy}
          onChange={(on) => onSwitch(rule.id, rule.title, on)}
        />
        <span aria-hidden="true">{detail.enabled ? messages.rules.panel.on : messages.rules.panel.off}</span>
      </span>
      {detail.text !== '' && (
        <>
          <Link to="/rules/edit" search={{ rule: rule.id }} className="btn">
            {own === undefined ? messages.rules.panel.editCopy : messages.rules.panel.edit}
          </Link>
          <Link to="/rules/edit" search={{ rule: rule.id, run: '1' }} className="btn">
            {messages.rules.panel.tryIt}
          </Link>
        </>
      )}
      {own !== undefined && (
        <button
          type="button"
          className="btn"
          disabled={changes.locked || changes.busy}
          onClick={() =>
            changes.perform({
              text: messages.rules.done.removed(own),
              run: (by) => removeRules(own, by),
              onDone: onClose,
            })
          }
        >
          {messages.rules.panel.remove} {own}
        </button>
      )}
    </div>
  )
}

const Part = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section className="pt-4">
    <h4 className="heading pb-0.5">{title}</h4>
    {children}
  </section>
)

const Prose = ({ title, text }: { readonly title: string; readonly text: string }) =>
  text === '' ? null : (
    <Part title={title}>
      <p className="wrap-anywhere whitespace-pre-line">{text}</p>
    </Part>
  )

const Written = ({ text }: { readonly text: string }) => (
  <div className="relative rounded-6 border border-line bg-bg">
    <ScrollRegion label={messages.rules.panel.text} className="max-h-[480px] overflow-auto px-3 py-2 pr-9">
      <Suspense fallback={<code className="block font-mono text-12 whitespace-pre">{text}</code>}>
        <RuleText text={text} />
      </Suspense>
    </ScrollRegion>
    <div className="absolute top-1 right-1 rounded-3 bg-bg p-0.5">
      <CopyButton text={text} label={`${messages.copy.copy}: ${messages.rules.panel.text}`} />
    </div>
  </div>
)

/** Who wrote it, under which licence, where it stands, and what to read. */
const Origin = ({ detail: { rule } }: { readonly detail: RuleDetail }) => {
  const { panel } = messages.rules
  const techniques = techniquesOf(rule.tags)
  const place = rule.file === '' ? '' : `${rule.file}:${count(rule.line)}`
  return (
    <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-y-1 pt-4">
      {techniques.length > 0 && (
        <Line name={panel.techniques}>
          <span className="flex flex-wrap gap-x-3 gap-y-1">
            {techniques.map((technique) => (
              <Link
                key={technique}
                to="/coverage"
                search={{ view: 'techniques', technique }}
                className="link font-mono text-12"
              >
                {technique}
              </Link>
            ))}
          </span>
        </Line>
      )}
      {rule.author !== '' && <Line name={panel.author}>{rule.author}</Line>}
      {rule.license !== '' && <Line name={panel.license}>{rule.license}</Line>}
      {place !== '' && (
        <Line name={panel.file}>
          <span className="font-mono text-12">{place}</span>
        </Line>
      )}
      <Line name={panel.id}>
        <span className="flex items-start gap-1 font-mono text-12">
          {rule.id}
          <CopyButton text={rule.id} label={`${messages.copy.copy} ${rule.id}`} />
        </span>
      </Line>
      {rule.references.length > 0 && (
        <Line name={panel.references}>
          <ul>
            {rule.references.map((reference) => (
              <li key={reference} className="min-h-6">
                <Reference url={reference} />
              </li>
            ))}
          </ul>
        </Line>
      )}
    </dl>
  )
}

/** A link only where the text is a web address: rules are texts of strangers. */
const Reference = ({ url }: { readonly url: string }) =>
  /^https?:\/\/[^\s]+$/.test(url) ? (
    <a href={url} target="_blank" rel="noopener noreferrer" className="link">
      {url}
    </a>
  ) : (
    <span>{url}</span>
  )
