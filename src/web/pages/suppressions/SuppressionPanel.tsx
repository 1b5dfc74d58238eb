import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Suppression } from '../../../model/suppression.ts'
import { rulesQuery } from '../../api/rule-queries.ts'
import { count } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import { Dialog } from '../../parts/Dialog.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Line } from '../../parts/Line.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { SidePanel } from '../../parts/SidePanel.tsx'
import { useTime } from '../../url/use-time.ts'
import { StateMark } from './StateMark.tsx'

interface Props {
  /** Undefined where the id of the URL is of none. */
  readonly item: Suppression | undefined
  readonly busy: boolean
  readonly onRemove: (item: Suppression) => void
  readonly onClose: () => void
}

/** One suppression: what it means, whose word it is, and how it is doing. */
export const SuppressionPanel = ({ item, busy, onRemove, onClose }: Props) => (
  <SidePanel label={messages.suppressions.panel.label} onClose={onClose}>
    {item ? (
      <Detail item={item} busy={busy} onRemove={onRemove} />
    ) : (
      <Empty kind="noMatch">{messages.suppressions.panel.unknown}</Empty>
    )}
  </SidePanel>
)

const Detail = ({ item, busy, onRemove }: Omit<Props, 'item' | 'onClose'> & { readonly item: Suppression }) => {
  const { panel } = messages.suppressions
  return (
    <>
      <h3 className="text-14 font-semibold wrap-anywhere">{item.name}</h3>
      <p className="pt-1">
        <StateMark state={item.state} why={item.why} />
      </p>
      {item.why !== '' && <p className="pt-1 text-dim wrap-anywhere">{item.why}</p>}
      <Actions item={item} busy={busy} onRemove={onRemove} />
      <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-y-1.5 pt-4">
        <Line name={panel.rules}>
          <Rules ids={item.rules} />
        </Line>
        <Line name={panel.query}>
          {item.query === '' ? (
            <span className="text-dim">{panel.anyEvent}</span>
          ) : (
            <>
              <code className="font-mono text-12">{item.query}</code>
              <br />
              <Link to="/events" search={{ q: item.query }} className="link">
                {panel.events}
              </Link>
            </>
          )}
        </Line>
        <Line name={panel.owner}>{item.owner}</Line>
        <Line name={panel.reason}>
          <span className="whitespace-pre-line">{item.reason}</span>
        </Line>
        <Line name={panel.expires}>
          <Moment time={item.expires} />{' '}
          <span className="text-dim">
            (<Moment time={item.expires} as="age" />)
          </span>
        </Line>
        <Line name={panel.created}>
          <Moment time={item.created} />
        </Line>
        <Line name={panel.uses}>{count(item.uses)}</Line>
        <Line name={panel.lastUsed}>
          {item.lastUsed === undefined ? messages.suppressions.never : <Moment time={item.lastUsed} />}
        </Line>
        <Line name={panel.where}>
          {messages.suppressions.origins[item.origin]}
          {item.where !== '' && <span className="block font-mono text-12 text-dim">{item.where}</span>}
        </Line>
      </dl>
    </>
  )
}

const Rules = ({ ids }: { readonly ids: readonly string[] }) => {
  const rules = useQuery(rulesQuery)
  if (ids.length === 0) return <span className="text-past">{messages.suppressions.panel.anyRule}</span>
  return (
    <ul>
      {ids.map((id) => {
        const known = rules.data?.items.find(({ rule }) => rule.id === id)
        return (
          <li key={id} className="min-h-6">
            {known ? (
              <Link to="/rules" search={{ rule: id }} className="link">
                {known.rule.title}
              </Link>
            ) : (
              <>
                <span className="font-mono text-12">{id}</span>
                {rules.data && <span className="text-past"> {messages.suppressions.panel.unknownRule}</span>}
              </>
            )}
          </li>
        )
      })}
    </ul>
  )
}

const Actions = ({ item, busy, onRemove }: Omit<Props, 'item' | 'onClose'> & { readonly item: Suppression }) => {
  const { past } = useTime()
  const [asking, setAsking] = useState(false)
  const { panel, remove } = messages.suppressions
  if (item.origin !== 'page') {
    return (
      <p className="pt-3 text-dim wrap-anywhere">
        {panel.elsewhere(item.where || messages.suppressions.origins[item.origin])}
      </p>
    )
  }
  return (
    <div className="flex flex-wrap gap-2 pt-3">
      <Link to="/suppressions" search={{ form: item.id }} disabled={past} className="btn aria-disabled:text-faint">
        {panel.edit}
      </Link>
      <Link
        to="/suppressions"
        search={{ form: item.id, days: '30' }}
        disabled={past}
        className="btn aria-disabled:text-faint"
      >
        {panel.extend}
      </Link>
      <button type="button" className="btn" disabled={past || busy} onClick={() => setAsking(true)}>
        {panel.remove}
      </button>
      {asking && (
        <Dialog label={remove.title} onClose={() => setAsking(false)} className="w-[440px] max-w-full p-5">
          <h2 className="pb-2 text-14 font-semibold">{remove.title}</h2>
          <p className="wrap-anywhere">{remove.body(item.name, item.uses)}</p>
          <div className="flex justify-end gap-2 pt-4">
            <button type="button" className="btn" onClick={() => setAsking(false)}>
              {remove.no}
            </button>
            <button
              type="button"
              className="btn btn-primary"
              onClick={() => {
                setAsking(false)
                onRemove(item)
              }}
            >
              {remove.yes}
            </button>
          </div>
        </Dialog>
      )}
    </div>
  )
}
