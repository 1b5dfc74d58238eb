import { Link } from '@tanstack/react-router'
import type { StatusAnswer } from '../../api/contract/answers.ts'
import { messages } from '../messages.ts'
import { Disc } from '../parts/Disc.tsx'
import { Icon } from '../parts/Icon.tsx'
import { setTheme, themes, useTheme } from '../theme.ts'
import { TimeControl } from './TimeControl.tsx'

interface Props {
  readonly status: StatusAnswer | undefined
  readonly onPalette: () => void
  readonly onSheet: () => void
}

export const TopBar = ({ status, onPalette, onSheet }: Props) => (
  <header className="col-span-2 flex h-12 min-w-0 items-center gap-3 border-b border-line bg-surface px-3 max-md:gap-1.5">
    <Link to="/" className="flex min-w-0 items-center gap-2 rounded-6 pr-1">
      <Mark />
      <span className="text-14 font-semibold max-md:sr-only">{messages.appName}</span>
    </Link>
    {status && (
      <span className="flex min-w-8 items-center gap-2 text-dim" title={status.cluster}>
        <span aria-hidden="true" className="text-line-strong max-md:hidden">
          /
        </span>
        <span className="truncate font-mono text-12">{status.cluster}</span>
      </span>
    )}
    <button
      type="button"
      onClick={onPalette}
      className="mx-auto flex h-7 w-full max-w-96 min-w-8 items-center gap-2 rounded-6 border border-line-strong bg-bg px-2.5 text-dim hover:bg-hover max-md:mr-0 max-md:w-auto max-md:px-2"
    >
      <Icon name="search" className="size-3.5" />
      <span className="truncate max-md:sr-only">{messages.top.search}</span>
      <span className="kbd ml-auto max-md:hidden">{isMac ? '⌘ K' : 'Ctrl K'}</span>
    </button>
    <TimeControl />
    {status && <SourcesSign working={status.sources.working} total={status.sources.total} />}
    <button
      type="button"
      onClick={onSheet}
      className="btn btn-quiet px-1.5 max-md:hidden"
      aria-label={messages.top.keys}
      title={`${messages.top.keys} (?)`}
    >
      <Icon name="help" />
    </button>
    <ThemeButton />
  </header>
)

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)

const Mark = () => (
  <svg viewBox="0 0 16 16" className="size-5 shrink-0" aria-hidden="true">
    <rect width="16" height="16" rx="3.5" fill="var(--accent-fill)" />
    <path d="M3 12.5v-8h2v1.6h2V4.5h2v1.6h2V4.5h2v8z" fill="#fff" />
  </svg>
)

/** Filled when every source sees all that it should, half otherwise; the numbers say the rest. */
const SourcesSign = ({ working, total }: { readonly working: number; readonly total: number }) => {
  const whole = total > 0 && working === total
  return (
    <Link
      to="/sources"
      className={`btn btn-quiet px-2 ${whole ? 'text-dim' : 'text-past'}`}
      title={messages.top.sourcesLabel(working, total)}
    >
      <Disc kind={whole ? 'full' : working > 0 ? 'half' : 'hollow'} />
      <span className="max-md:hidden">{messages.top.sources(working, total)}</span>
      <span className="md:hidden" aria-hidden="true">
        {working}/{total}
      </span>
    </Link>
  )
}

const ThemeButton = () => {
  const theme = useTheme()
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system'
  return (
    <button
      type="button"
      className="btn btn-quiet px-1.5"
      onClick={() => setTheme(next)}
      aria-label={messages.top.theme[theme]}
      title={messages.top.theme[theme]}
    >
      <Icon name={theme} />
    </button>
  )
}
