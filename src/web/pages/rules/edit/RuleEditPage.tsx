import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { serverNow } from '../../../api/clock.ts'
import { ruleQuery, savedRulesQuery } from '../../../api/rule-queries.ts'
import { loadName } from '../../../changes/my-name.ts'
import { Page } from '../../../frame/Page.tsx'
import { messages } from '../../../messages.ts'
import { Fault } from '../../../parts/Fault.tsx'
import { rfc3339 } from '../../../url/time.ts'
import { savedName } from '../saved-name.ts'
import { RuleEditor } from './RuleEditor.tsx'
import { copyOf, newRule } from './rule-copy.ts'
import { uuid } from './uuid.ts'

/** Where a rule is written, checked and replayed before it runs. */
export const RuleEditPage = () => {
  const { rule: id, run } = useSearch({ from: '/rules/edit' })
  const found = useQuery({ ...ruleQuery(id ?? ''), enabled: id !== undefined, refetchInterval: false })
  const { editor } = messages.rules
  const own = found.data && savedName(found.data.rule)
  const saved = useQuery({ ...savedRulesQuery(own ?? ''), enabled: own !== undefined })
  const what =
    found.data === undefined
      ? editor.newText
      : own === undefined
        ? editor.copyOf(found.data.rule.title)
        : editor.editOf(found.data.rule.title)
  const [fresh] = useState(() => ({ rule: freshRule(), id: uuid() }))
  // One's own text as it is, or a copy of what is not one's own.
  const initial =
    id === undefined
      ? fresh.rule
      : own === undefined
        ? found.data && copyOf(found.data.text, found.data.rule.language, fresh.id)
        : saved.data?.text
  const error = found.error ?? saved.error
  return (
    <Page
      title={editor.title}
      claim={id === undefined || found.data ? `${what}. ${editor.claim}` : undefined}
      scrolls={false}
      busy={initial === undefined && !error}
      actions={
        <Link to="/rules" search={id === undefined ? {} : { rule: id }} className="btn">
          {editor.back}
        </Link>
      }
    >
      {error && initial === undefined && (
        <div className="px-5">
          <Fault error={error} retry={() => void (found.error ? found.refetch() : saved.refetch())} />
        </div>
      )}
      {initial !== undefined && (
        <RuleEditor
          key={id ?? ''}
          initial={initial}
          original={found.data?.rule}
          saved={own === undefined ? undefined : saved.data}
          replayAtOnce={run === '1'}
        />
      )}
    </Page>
  )
}

const freshRule = (): string => newRule(uuid(), loadName(), rfc3339(serverNow()).slice(0, 10))
