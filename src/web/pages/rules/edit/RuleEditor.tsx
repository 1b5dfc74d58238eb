import { useBlocker, useNavigate } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { SavedRules } from '../../../../api/contract/detection.ts'
import type { RuleHead } from '../../../../model/rule.ts'
import { ApiError } from '../../../api/client.ts'
import { readSavedRules, ruleKeys, saveRules, switchRule } from '../../../api/rule-queries.ts'
import { BacktestPanel, type Candidate } from '../../../backtest/BacktestPanel.tsx'
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
  /** What stands saved, where it is one's own rules that are edited. */
  readonly saved: SavedRules | undefined
  readonly replayAtOnce: boolean
}

/** The text with its faults on the left, what it would have said on the right, saving below. */
export const RuleEditor = (given: Props) => {
  // What was begun with: what stands there now may be another text already, and must not be taken for the one that was edited.
  const [{ initial, original, saved, replayAtOnce }] = useState(given)
  const navigate = useNavigate()
  const [conflict, setConflict] = useState<ApiError>()
  const [text, setText] = useState(initial)
  const [typedName, setTypedName] = useState<string>()
  const [compares, setCompares] = useState(original !== undefined)
  const [switchesOff, setSwitchesOff] = useState(true)
  const savedAs = saved?.name
  const checked = useRuleCheck(text, savedAs)
  const backtest = useBacktest()
  const changes = useChange(ruleKeys)
  const editor = useRef<EditorHandle>(null)
  const isSaved = useRef(false)
  const isCopy = original !== undefined && savedAs === undefined
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      current.pathname !== next.pathname &&
      text !== initial &&
      !isSaved.current &&
      !window.confirm(messages.rules.editor.leave),
    enableBeforeUnload: () => text !== initial && !isSaved.current,
  })
  const [first] = checked.answer?.rules ?? []
  const shown = checked.answer?.rules.find(({ id }) => id === original?.id) ?? first
  const name = typedName ?? savedAs ?? nameFrom(first?.title ?? '')
  const sound = checked.answer !== undefined && checked.errors === 0 && checked.answer.rules.length > 0
  const candidate: Candidate | undefined =
    sound && checked.text === text
      ? {
          key: JSON.stringify([text, compares]),
          body: (span) => ({
            kind: 'rule',
            ...span,
            text,
            // One's own file is compared as a whole: it may hold several rules, and filters of them.
            ...(compares &&
              original !== undefined &&
              (savedAs === undefined ? { replaces: original.id } : { replacesSaved: savedAs })),
          }),
        }
      : undefined
  const save = (version: string): void =>
    changes.perform({
      text: messages.rules.done.saved(name),
      run: async (by) => {
        setConflict(undefined)
        await saveRules(name, text, by, version).catch((error: unknown) => {
          if (error instanceof ApiError && error.code === 'RULES_CONFLICT') setConflict(error)
          throw error
        })
        if (isCopy && switchesOff) await switchRule(original.id, false, by)
      },
      onDone: () => {
        isSaved.current = true
        void navigate({ to: '/rules', search: shown === undefined ? {} : { rule: shown.id } })
      },
    })
  /** Somebody has looked at what stands there, and wants this in its place. */
  const saveOver = (): void => {
    void readSavedRules(name).then(
      ({ version }) => save(version),
      // It is gone: then nothing stands there.
      () => save(''),
    )
  }
  return (
    <>
      <div className="grid min-h-0 grow grid-cols-[minmax(0,1fr)_minmax(340px,42%)] border-t border-line max-md:block max-md:overflow-y-auto">
        <div className="flex min-h-0 min-w-0 flex-col border-r border-line max-md:h-[60vh] max-md:border-r-0 max-md:border-b">
          <div className="min-h-0 grow">
            <CodeEditor
              ref={editor}
              label={messages.rules.editor.text}
              initial={initial}
              line={savedAs === undefined ? 1 : (original?.line ?? 1)}
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
          save(name === savedAs ? (saved?.version ?? '') : '')
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
            onChange={(event) => {
              setTypedName(event.target.value)
              setConflict(undefined)
            }}
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
      {conflict && (
        <div className="flex flex-wrap items-center gap-3 border-t border-line px-5 py-2">
          <p className="min-w-0 text-high">
            {conflict.message}. {conflict.mend}.
          </p>
          {savedAs !== undefined && name === savedAs && (
            <>
              <a
                href={`/rules/edit?rule=${encodeURIComponent(original?.id ?? '')}`}
                target="_blank"
                rel="noopener"
                className="btn"
              >
                {messages.rules.editor.seeTheirs}
              </a>
              <button type="button" className="btn" disabled={changes.busy} onClick={saveOver}>
                {messages.rules.editor.saveOver}
              </button>
            </>
          )}
        </div>
      )}
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
