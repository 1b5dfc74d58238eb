import { useQuery } from '@tanstack/react-query'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { type KeyboardEvent, type ReactNode, useDeferredValue, useEffect, useId, useRef, useState } from 'react'
import { serverNow } from '../api/clock.ts'
import { objectsQuery } from '../api/queries.ts'
import { messages } from '../messages.ts'
import { Dialog } from '../parts/Dialog.tsx'
import { Icon, type IconName } from '../parts/Icon.tsx'
import { KindIcon } from '../parts/KindIcon.tsx'
import { objectParams } from '../parts/ObjectName.tsx'
import { setTheme, themes } from '../theme.ts'
import { absolute, timeSearch } from '../url/time.ts'
import { useTime } from '../url/use-time.ts'
import { fitting } from './palette-match.ts'
import { type Place, places } from './places.ts'
import { loadViews, storeViews, withView } from './saved-views.ts'

interface Item {
  readonly id: string
  readonly group: string
  readonly label: string
  readonly icon: ReactNode
  readonly hint?: string
  readonly run: () => void
}

interface Props {
  readonly onClose: () => void
  readonly onSheet: () => void
}

/** One field that goes to any page, object, saved view or action. */
export const Palette = ({ onClose, onSheet }: Props) => {
  const [typed, setTyped] = useState('')
  const [naming, setNaming] = useState(false)
  const items = useItems(typed, onClose, onSheet, () => {
    setNaming(true)
    setTyped('')
  })
  const router = useRouter()
  const save = (): void => {
    if (typed.trim() === '') return
    storeViews(withView(loadViews(), { name: typed.trim().slice(0, 80), href: router.state.location.href }))
    onClose()
  }
  return (
    <Dialog label={messages.palette.label} onClose={onClose} className="w-[560px] max-w-full">
      {naming ? (
        <form
          className="flex gap-2 p-3"
          onSubmit={(event) => {
            event.preventDefault()
            save()
          }}
        >
          <NameField value={typed} onChange={setTyped} />
          <button type="submit" className="btn btn-primary" disabled={typed.trim() === ''}>
            {messages.palette.saveView}
          </button>
        </form>
      ) : (
        <Chooser typed={typed} setTyped={setTyped} items={items} />
      )}
    </Dialog>
  )
}

const NameField = ({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) => {
  const ref = useRef<HTMLInputElement>(null)
  useEffect(() => ref.current?.focus(), [])
  return (
    <input
      ref={ref}
      className="field grow"
      placeholder={messages.palette.saveName}
      aria-label={messages.palette.saveName}
      value={value}
      maxLength={80}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

interface ChooserProps {
  readonly typed: string
  readonly setTyped: (typed: string) => void
  readonly items: readonly Item[]
}

const Chooser = ({ typed, setTyped, items }: ChooserProps) => {
  const [chosen, setChosen] = useState(0)
  const id = useId()
  const current = Math.min(chosen, items.length - 1)
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      const next = (current + step + items.length) % Math.max(1, items.length)
      setChosen(next)
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' })
    }
    if (event.key === 'Enter') {
      event.preventDefault()
      items[current]?.run()
    }
  }
  return (
    <>
      <div className="flex h-11 items-center gap-2.5 border-b border-line px-3.5">
        <Icon name="search" className="text-dim" />
        <input
          // biome-ignore lint/a11y/noAutofocus: a dialog puts the focus on its first field
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={items.length > 0 ? `${id}-${current}` : undefined}
          aria-autocomplete="list"
          aria-label={messages.palette.label}
          placeholder={messages.palette.placeholder}
          className="grow bg-transparent text-14 outline-none"
          value={typed}
          maxLength={300}
          onChange={(event) => {
            setTyped(event.target.value)
            setChosen(0)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={id} role="listbox" aria-label={messages.palette.label} className="max-h-[56vh] overflow-y-auto p-1.5">
        {items.map((item, index) => (
          <div key={item.id} role="presentation">
            {item.group !== items[index - 1]?.group && (
              <div role="presentation" className="px-2 pt-2 pb-1 text-12 text-dim">
                {item.group}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys, as in every combobox */}
            {/* biome-ignore lint/a11y/useFocusableInteractive: options of a combobox are active, not focused */}
            <div
              role="option"
              id={`${id}-${index}`}
              aria-selected={index === current}
              onClick={item.run}
              onMouseMove={() => setChosen(index)}
              className="flex h-8 items-center gap-2.5 rounded-6 px-2 aria-selected:bg-selected"
            >
              {item.icon}
              <span className="truncate">{item.label}</span>
              {item.hint && <span className="ml-auto shrink-0 pl-4 font-mono text-12 text-dim">{item.hint}</span>}
            </div>
          </div>
        ))}
      </div>
    </>
  )
}

const useItems = (typed: string, onClose: () => void, onSheet: () => void, onSave: () => void): readonly Item[] => {
  const navigate = useNavigate()
  const router = useRouter()
  const time = useTime()
  const wanted = useDeferredValue(typed.trim())
  const objects = useQuery({ ...objectsQuery(wanted, time.at), enabled: wanted.length >= 2 })
  const icon = (name: IconName) => <Icon name={name} className="text-dim" />
  const then = (run: () => void) => (): void => {
    onClose()
    run()
  }
  const page = ({ to, label, icon: name, key }: Place): Item => ({
    id: `page ${to}`,
    group: messages.palette.pages,
    label,
    icon: icon(name),
    hint: key,
    run: then(() => void navigate({ to })),
  })
  const action = (id: string, label: string, name: IconName, run: () => void, hint?: string): Item => ({
    id: `action ${id}`,
    group: messages.palette.actions,
    label,
    icon: icon(name),
    ...(hint ? { hint } : {}),
    run,
  })
  const link = (): void => {
    const fixed = timeSearch(absolute(time.choice, serverNow(), time.whole))
    const target = router.buildLocation({ to: '.', search: (before: object) => ({ ...before, ...fixed }) } as never)
    void navigator.clipboard.writeText(window.location.origin + target.href)
  }
  const pages = places.map(page)
  const actions = [
    action(
      'live',
      messages.palette.goLive,
      'clock',
      then(() => time.set({ kind: 'live', last: undefined })),
      'l',
    ),
    action('link', messages.palette.copyLink, 'copy', then(link)),
    action('save', messages.palette.saveView, 'plus', onSave),
    ...themes.map((theme) =>
      action(
        theme,
        messages.palette.theme[theme],
        theme,
        then(() => setTheme(theme)),
      ),
    ),
    action('keys', messages.palette.keys, 'help', () => onSheet(), '?'),
  ]
  const saved = loadViews().flatMap((view): Item[] => [
    {
      id: `view ${view.name}`,
      group: messages.palette.saved,
      label: view.name,
      icon: icon('external'),
      run: then(() => router.history.push(view.href)),
    },
    ...(wanted.length > 0
      ? [
          action(`forget ${view.name}`, messages.palette.forget(view.name), 'minus', () => {
            storeViews(loadViews().filter(({ name }) => name !== view.name))
            onClose()
          }),
        ]
      : []),
  ])
  const found = (wanted.length >= 2 ? (objects.data?.items ?? []) : []).map(
    ({ ref }): Item => ({
      id: `object ${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`,
      group: messages.palette.objects,
      label: ref.namespace ? `${ref.namespace}/${ref.name}` : ref.name,
      icon: <KindIcon kind={ref.kind} />,
      hint: ref.kind,
      run: then(() => void navigate({ to: '/object/$group/$kind/$namespace/$name', params: objectParams(ref) })),
    }),
  )
  const search: readonly Item[] =
    wanted === ''
      ? []
      : [
          {
            id: 'search',
            group: messages.palette.events,
            label: messages.palette.searchEvents(wanted),
            icon: icon('search'),
            run: then(() => void navigate({ to: '/events', search: { q: wanted } })),
          },
        ]
  const named = fitting(
    typed,
    [...pages, ...saved.filter(({ group }) => group === messages.palette.saved)],
    ({ label }) => label,
  )
  const doing = fitting(
    typed,
    [...actions, ...saved.filter(({ group }) => group === messages.palette.actions)],
    ({ label }) => label,
  )
  return [...named, ...found, ...search, ...(wanted === '' || doing.length < 6 ? doing : doing.slice(0, 5))]
}
