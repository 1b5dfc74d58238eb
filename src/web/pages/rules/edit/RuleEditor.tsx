import { useBlocker, useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { RuleHead } from '../../../../model/rule.ts'
import { ruleKeys, saveRules, switchRule } from '../../../api/rule-queries.ts'
import { BacktestPanel } from '../../../backtest/BacktestPanel.tsx'
import { type Backtest, useBacktest } from '../../../backtest/use-backtest.ts'
import { useChange } from '../../../changes/use-change.tsx'
import { messages } from '../../../messages.ts'
import { Icon } from '../../../parts/Icon.tsx'
import { ScrollRegion } from '../../../parts/ScrollRegion.tsx'
import { isSavedName } from '../saved-name.ts'
import { CodeEditor, type EditorHandle } from './CodeEditor.tsx'
import { nameFrom } from './rule-copy.ts'
import { type Checked, useRuleCheck } from './use-rule-check.ts'

interface Props {
  readonly initial: string
  /** The rule that is edited or copied; undefined for a new one. */
  readonly original: RuleHead | undefined
  /** The name under which it is saved already. */
  readonly savedAs: string | undefined
  readonly replayAtOnce: boolean
}

/** The text with its faults on the left, what it would have said on the right, saving below. */
export const RuleEditor = ({ initial, original, savedAs, replayAtOnce }: Props) => {
  const navigate = useNavigate()
  const [text, setText] = useState(initial)
  const [typedName, setTypedName] = useState<string>()
  const [compares, setCompares] = useState(original !== undefined)
  const [switchesOff, setSwitchesOff] = useState(true)
  const checked = useRuleCheck(text)
  const backtest = useBacktest()
  const changes = useChange(ruleKeys)
  const editor = useRef<EditorHandle>(null)
  const saved = useRef(false)
  const isCopy = original !== undefined && savedAs === undefined
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      current.pathname !== next.pathname &&
      text !== initial &&
      !saved.current &&
      !window.confirm(messages.rules.editor.leave),
    enableBeforeUnload: () => text !== initial && !saved.current,
  })
  const [first] = checked.answer?.rules ?? []
  const name = typedName ?? savedAs ?? nameFrom(first?.title ?? '')
  const sound = checked.answer !== undefined && checked.errors === 0 && checked.answer.rules.length > 0
  const candidate =
    sound && checked.text === text
      ? {
          key: JSON.stringify([text, compares]),
          body: (span: { readonly from: string; readonly to: string }) => ({
            kind: 'rule' as const,
            ...span,
            text,
            ...(compares && original !== undefined && { replaces: original.id }),
          }),
        }
      : undefined
  const save = (): void =>
    changes.perform({
      text: messages.rules.done.saved(name),
      run: async (by) => {
        await saveRules(name, text, by)
        if (isCopy && switchesOff) await switchRule(original.id, false, by)
      },
      onDone: () => {
        saved.current = true
        void navigate({ to: '/rules', search: first === undefined ? {} : { rule: first.id } })
      },
    })
  return (
    <>
      <div className="grid min-h-0 grow grid-cols-[minmax(0,1fr)_minmax(340px,42%)] border-t border-line max-md:block max-md:overflow-y-auto">
        <div className="flex min-h-0 min-w-0 flex-col border-r border-line max-md:h-[60vh] max-md:border-r-0 max-md:border-b">
          <div className="min-h-0 grow">
            <CodeEditor
              ref={editor}
              label={messages.rules.editor.text}
              initial={initial}
              marks={checked.marks}
              onChange={setText}
            />
          </div>
          <Faults checked={checked} onGo={(offset) => editor.current?.goTo(offset)} />
        </div>
        <ScrollRegion
          label={messages.backtest.title}
          className="min-w-0 overflow-y-auto px-5 py-4 max-md:overflow-visible"
        >
          {original !== undefined && (
            <label className="flex items-center gap-2 pb-3">
              <span className="shrink-0 text-dim">{messages.rules.editor.compare}</span>
              <select
                className="field min-w-0 grow"
                value={compares ? 'rule' : 'none'}
                onChange={(event) => setCompares(event.target.value === 'rule')}
              >
                <option value="rule">{messages.rules.editor.compareRule(original.title)}</option>
                <option value="none">{messages.rules.editor.compareNone}</option>
              </select>
            </label>
          )}
          <BacktestPanel
            kind="rule"
            compares={compares}
            backtest={backtest}
            candidate={candidate}
            atOnce={replayAtOnce}
          />
        </ScrollRegion>
      </div>
      <form
        className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-5 py-2"
        onSubmit={(event) => {
          event.preventDefault()
          save()
        }}
      >
        <label className="flex min-w-0 items-center gap-2 max-md:w-full">
          <span className="shrink-0 text-dim">{messages.rules.editor.name}</span>
          <input
            className="field w-80 min-w-0 font-mono text-12 max-md:grow"
            value={name}
            maxLength={64}
            autoComplete="off"
            spellCheck={false}
            placeholder={messages.rules.editor.nameHint}
            aria-invalid={name !== '' && !isSavedName(name)}
            onChange={(event) => setTypedName(event.target.value)}
          />
        </label>
        <button
          type="submit"
          className="btn btn-primary"
          disabled={changes.locked || changes.busy || !sound || checked.text !== text || !isSavedName(name)}
        >
          {messages.rules.editor.save}
        </button>
        {isCopy && (
          <label className="flex min-w-0 items-center gap-1.5">
            <input type="checkbox" checked={switchesOff} onChange={(event) => setSwitchesOff(event.target.checked)} />
            <span className="truncate" title={original.title}>
              {messages.rules.editor.switchOff(original.title)}
            </span>
          </label>
        )}
        <p role="status" className="min-w-0 text-dim">
          {sayOf({ past: changes.locked, name, sound, checked, backtest, key: candidate?.key })}
        </p>
      </form>
      {changes.overlay}
    </>
  )
}

interface SayFacts {
  readonly past: boolean
  readonly name: string
  readonly sound: boolean
  readonly checked: Checked
  readonly backtest: Backtest
  readonly key: string | undefined
}

/** What has to be known at the button: what keeps it from being saved, or how well the text is known. */
const sayOf = ({ past, name, sound, checked, backtest, key }: SayFacts): string => {
  const { editor } = messages.rules
  if (past) return editor.past
  if (checked.answer !== undefined && !sound) return editor.errorsFirst
  if (name !== '' && !isSavedName(name)) return editor.badName
  if (backtest.running) return editor.running
  if (backtest.status?.state !== 'done') return editor.never
  return backtest.key === key ? editor.replayed(backtest.status.after) : editor.stale
}

/** Each fault with its line; a click goes there. */
const Faults = ({ checked, onGo }: { readonly checked: Checked; readonly onGo: (offset: number) => void }) => {
  const { editor } = messages.rules
  const said = checked.error
    ? checked.error.message
    : checked.checking || checked.answer === undefined
      ? editor.checking
      : checked.marks.length === 0
        ? editor.fine(checked.answer.rules.length)
        : editor.faults(checked.errors, checked.warnings)
  return (
    <ScrollRegion label={editor.problems} className="h-28 shrink-0 overflow-y-auto border-t border-line px-4 py-1.5">
      <p role="status" className={checked.errors > 0 || checked.error ? 'text-high' : 'text-dim'}>
        {said}
      </p>
      <ul>
        {checked.marks.map((mark) => (
          <li key={`${mark.from} ${mark.message}`}>
            <button
              type="button"
              className="flex w-full items-start gap-2 rounded-3 px-1 text-left hover:bg-hover"
              onClick={() => onGo(mark.from)}
            >
              <Icon
                name="warn"
                className={`mt-0.5 size-3.5 ${mark.severity === 'error' ? 'text-high' : 'text-past'}`}
              />
              <span className="shrink-0 font-mono text-12 leading-5 text-dim">{editor.line(mark.line)}</span>
              <span className="min-w-0 whitespace-pre-line wrap-anywhere">{mark.message}</span>
            </button>
          </li>
        ))}
      </ul>
      {checked.marks.length === 0 && <p className="text-12 text-faint">{editor.keys}</p>}
    </ScrollRegion>
  )
}
