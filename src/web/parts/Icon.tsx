/** The few signs of the frame, drawn with one stroke. */
const paths = {
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.3 10.3 14 14',
  clock: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Zm0 2.6V8l2.4 1.6',
  close: 'm4 4 8 8M12 4l-8 8',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  done: 'm3 8.5 3.2 3.2L13 5',
  plus: 'M8 3.5v9M3.5 8h9',
  minus: 'M3.5 8h9',
  down: 'm4 6 4 4 4-4',
  right: 'm6 4 4 4-4 4',
  play: 'M5 3.5v9l7-4.5z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  system: 'M8 2.5a5.5 5.5 0 1 1 0 11zM8 2.5a5.5 5.5 0 0 0 0 11',
  light:
    'M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M12.8 3.2l-1.1 1.1M4.3 11.7l-1.1 1.1',
  dark: 'M13 9.6A5.5 5.5 0 1 1 6.4 3 4.4 4.4 0 0 0 13 9.6Z',
  help: 'M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4v.3M8 12v.4',
  recording: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3Zm0 3a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z',
  external: 'M6 3.5H3.5v9h9V10M9 3.5h3.5V7M12.2 3.8 7.5 8.5',
  now: 'M2 9h3l2-5 3 8 1.5-3H14',
  events: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  cases: 'M2.5 5h11v8h-11zM5.5 5V3h5v2M2.5 9h4l1 1.5h1l1-1.5h4',
  rules: 'M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3',
  quiet: 'M6 3.5 3.6 6H2v4h1.6L6 12.5zM10 6l4 4M14 6l-4 4',
  coverage: 'M2.5 2.5h11v11h-11zM2.5 6.2h11M2.5 9.8h11M6.2 2.5v11M9.8 2.5v11',
  outputs: 'M2.5 8h8M8 5l3 3-3 3M13.5 3v10',
  warn: 'M8 2.5 14 13H2zM8 6.5v3.2M8 11.2v.3',
  workloads: 'm8 2 5.5 3v6L8 14l-5.5-3V5zM2.5 5 8 8l5.5-3M8 8v6',
  sources:
    'M4 8a4 4 0 0 1 4-4M2 8a6 6 0 0 1 6-6M12 8a4 4 0 0 1-4 4M14 8a6 6 0 0 1-6 6M8 7.2a.8.8 0 1 1 0 1.6.8.8 0 0 1 0-1.6Z',
} as const

export type IconName = keyof typeof paths

export const Icon = ({ name, className = '' }: { readonly name: IconName; readonly className?: string }) => (
  <svg
    viewBox="0 0 16 16"
    className={`size-4 shrink-0 ${className}`}
    aria-hidden="true"
    fill={name === 'play' ? 'currentColor' : 'none'}
    stroke="currentColor"
    strokeWidth="1.3"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    <path d={paths[name]} fill={name === 'system' ? 'none' : undefined} />
    {name === 'system' && <path d="M8 2.5a5.5 5.5 0 1 1 0 11z" fill="currentColor" stroke="none" />}
  </svg>
)
