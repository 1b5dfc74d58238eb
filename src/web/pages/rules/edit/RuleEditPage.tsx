import { useQueries, useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import type { RuleDetail } from '../../../../api/contract/detection.ts'
import { serverNow } from '../../../api/clock.ts'
import { ruleQuery, rulesQuery } from '../../../api/rule-queries.ts'
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
  const beside = useDocumentsBeside(found.data)
  const { editor } = messages.rules
  const own = found.data && savedName(found.data.rule)
  const what =
    found.data === undefined
      ? editor.newText
      : own === undefined
        ? editor.copyOf(found.data.rule.title)
        : editor.editOf(found.data.rule.title)
  const initial = id === undefined ? freshRule() : found.data && beside && textToEdit(found.data, beside)
  return (
    <Page
      title={editor.title}
      claim={id === undefined || found.data ? `${what}. ${editor.claim}` : undefined}
      scrolls={false}
      busy={initial === undefined && !found.error}
      actions={
        <Link to="/rules" search={id === undefined ? {} : { rule: id }} className="btn">
          {editor.back}
        </Link>
      }
    >
      {found.error && !found.data && (
        <div className="px-5">
          <Fault error={found.error} retry={() => void found.refetch()} />
        </div>
      )}
      {initial !== undefined && (
        <RuleEditor
          key={id ?? ''}
          initial={initial}
          original={found.data?.rule}
          savedAs={own}
          replayAtOnce={run === '1'}
        />
      )}
    </Page>
  )
}

const freshRule = (): string => newRule(uuid(), loadName(), rfc3339(serverNow()).slice(0, 10))

/** What a person begins with: their own text as it is, or a copy of what is not theirs. */
const textToEdit = (detail: RuleDetail, documents: readonly string[]): string =>
  savedName(detail.rule) === undefined ? copyOf(detail.text, detail.rule, uuid()) : documents.join('\n---\n')

/**
 * The texts of all rules that are saved together with one, in the order of the file: they are saved under one name, so
 * they are edited together. Undefined while they are being asked for.
 */
const useDocumentsBeside = (detail: RuleDetail | undefined): readonly string[] | undefined => {
  const own = detail !== undefined && savedName(detail.rule) !== undefined
  const rules = useQuery({ ...rulesQuery, enabled: own, refetchInterval: false })
  const together = own
    ? (rules.data?.items ?? [])
        .filter(({ rule }) => rule.file === detail.rule.file)
        .toSorted((a, b) => a.rule.line - b.rule.line)
    : []
  const texts = useQueries({
    queries: together.map(({ rule }) => ({ ...ruleQuery(rule.id), refetchInterval: false as const })),
  })
  if (!own) return []
  const known = texts.flatMap(({ data }) => (data === undefined ? [] : [data.text.trimEnd()]))
  return rules.data && known.length === together.length ? known : undefined
}
