import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useId, useState } from 'react'
import type { Suppression } from '../../../model/suppression.ts'
import { removeSuppression, saveSuppression } from '../../api/suppression-queries.ts'
import { BacktestPanel } from '../../backtest/BacktestPanel.tsx'
import { useBacktest } from '../../backtest/use-backtest.ts'
import type { Changes } from '../../changes/use-change.tsx'
import { messages } from '../../messages.ts'
import { QueryBar } from '../../parts/QueryBar.tsx'
import { ScrollRegion } from '../../parts/ScrollRegion.tsx'
import { RulePicker } from './RulePicker.tsx'
import { saveState } from './save-state.ts'
import {
  type Draft,
  type DraftFault,
  dayAfter,
  draftFaults,
  meaningOf,
  specOf,
  triedSpec,
  tryFaults,
} from './suppression-draft.ts'

interface Props {
  readonly initial: Draft
  /** The one that is changed. */
  readonly edited: Suppression | undefined
  readonly changes: Changes
  readonly onSaved: (name: string) => Promise<void>
}

/** A suppression as a form, with its back-test beside it: what it would quiet is seen before it is saved. */
export const SuppressionForm = ({ initial, edited, changes, onSaved }: Props) => {
  const navigate = useNavigate({ from: '/suppressions' })
  const [draft, setDraft] = useState(initial)
  const [touched, setTouched] = useState<ReadonlySet<DraftFault>>(new Set())
  const [looked, setLooked] = useState<string>()
  const backtest = useBacktest()
  const now = new Date()
  const faults = draftFaults(draft, now)
  const meaning = meaningOf(draft)
  const state = saveState({
    past: changes.locked,
    faults: faults.length,
    meaning,
    replayed: backtest.key,
    backtest: backtest.status,
    running: backtest.running,
    looked,
  })
  const { form } = messages.suppressions
  const set = (next: Partial<Draft>, field: DraftFault): void => {
    setDraft((before) => ({ ...before, ...next }))
    setTouched((before) => new Set([...before, field]))
  }
  const fault = (field: DraftFault): string | undefined =>
    touched.has(field) && faults.includes(field) ? form.faults[field] : undefined
  const save = (): void => {
    const { status } = backtest
    if (state !== 'ready' || status === undefined) return
    const spec = specOf(draft)
    changes.perform({
      text: form.saved(spec.name),
      run: async (by) => {
        await saveSuppression({ ...spec, backtest: status.id })
        // Saved under another name, the old one would go on beside it.
        if (edited !== undefined && edited.name !== spec.name) await removeSuppression(edited.id, by)
      },
      onDone: () => void onSaved(spec.name),
    })
  }
  return (
    <div className="flex min-h-0 grow border-t border-line max-lg:flex-col max-lg:overflow-y-auto">
      <ScrollRegion
        label={form.newTitle}
        className="w-[440px] shrink-0 overflow-y-auto border-r border-line px-5 py-4 max-lg:w-full max-lg:overflow-visible max-lg:border-r-0"
      >
        <form
          className="flex flex-col gap-3.5"
          onSubmit={(event) => {
            event.preventDefault()
            save()
          }}
        >
          <Text
            label={form.name}
            hint={form.nameHint}
            value={draft.name}
            fault={fault('name')}
            onChange={(name) => set({ name }, 'name')}
          />
          <div className="flex flex-col gap-1">
            <span className="font-medium">{form.rules}</span>
            <RulePicker chosen={draft.rules} onChange={(rules) => set({ rules }, 'broad')} />
            <Below note={draft.rules.length === 0 ? form.rulesNote : ''} fault={fault('broad')} />
          </div>
          <div className="flex flex-col gap-1">
            <span className="font-medium">{form.query}</span>
            <QueryBar
              q={draft.query}
              label={form.query}
              fault={undefined}
              onQuery={(query) => set({ query }, 'broad')}
              onDraft={(query) => set({ query }, 'broad')}
            />
            <Below note={form.queryNote} fault={undefined} />
          </div>
          <Text
            label={form.owner}
            hint={form.ownerHint}
            value={draft.owner}
            fault={fault('owner')}
            onChange={(owner) => set({ owner }, 'owner')}
          />
          <Text
            label={form.reason}
            hint={form.reasonHint}
            value={draft.reason}
            fault={fault('reason')}
            rows={3}
            onChange={(reason) => set({ reason }, 'reason')}
          />
          <label className="flex flex-col gap-1">
            <span className="font-medium">{form.expires}</span>
            <input
              type="date"
              className="field w-44"
              value={draft.lastDay}
              min={dayAfter(now, 0)}
              onChange={(event) => set({ lastDay: event.target.value }, 'expires')}
            />
            <Below note={form.expiresNote} fault={fault('expires')} />
          </label>
          {backtest.status?.state === 'done' && backtest.key === meaning && !backtest.running && (
            <label className="flex items-start gap-2">
              <input
                type="checkbox"
                className="mt-1"
                checked={looked === backtest.status.id}
                onChange={(event) => setLooked(event.target.checked ? backtest.status?.id : undefined)}
              />
              <span>{form.looked(backtest.status.before - backtest.status.after, backtest.status.before)}</span>
            </label>
          )}
          <div className="flex flex-wrap items-center gap-2">
            <button type="submit" className="btn btn-primary" disabled={state !== 'ready' || changes.busy}>
              {form.save}
            </button>
            <button type="button" className="btn" onClick={() => void navigate({ search: {} })}>
              {form.cancel}
            </button>
          </div>
          <p role="status" className="min-h-5 text-dim">
            {form.why[state]}
          </p>
        </form>
      </ScrollRegion>
      <ScrollRegion
        label={messages.backtest.title}
        className="min-w-0 grow overflow-y-auto px-5 py-4 max-lg:shrink-0 max-lg:overflow-visible"
      >
        <div className="max-w-3xl">
          <BacktestPanel
            kind="suppression"
            compares
            backtest={backtest}
            candidate={
              tryFaults(draft).length > 0
                ? undefined
                : {
                    key: meaning,
                    body: (span) => ({ kind: 'suppression', ...span, suppression: triedSpec(draft, new Date()) }),
                  }
            }
          />
        </div>
      </ScrollRegion>
    </div>
  )
}

interface TextProps {
  readonly label: string
  readonly hint: string
  readonly value: string
  readonly fault: string | undefined
  readonly rows?: number
  readonly onChange: (value: string) => void
}

const Text = ({ label, hint, value, fault, rows, onChange }: TextProps) => {
  const id = useId()
  const common = {
    id,
    placeholder: hint,
    value,
    'aria-invalid': fault !== undefined,
    onChange: (event: { readonly target: { readonly value: string } }) => onChange(event.target.value),
  }
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {rows === undefined ? (
        <input className="field" maxLength={200} autoComplete="off" {...common} />
      ) : (
        <textarea className="field h-auto! py-1" rows={rows} maxLength={2000} {...common} />
      )}
      <Below note="" fault={fault} />
    </div>
  )
}

/** What is to be said of a field: what is wrong with it, or else a note. */
const Below = ({ note, fault }: { readonly note: ReactNode; readonly fault: string | undefined }) =>
  fault === undefined ? (
    note !== '' && <span className="text-12 text-dim">{note}</span>
  ) : (
    <span className="text-12 text-high">{fault}</span>
  )
