export type DiscKind = 'full' | 'half' | 'hollow' | 'crossed' | 'square'

interface Props {
  readonly kind: DiscKind
  /** What it says, where no word stands beside it. */
  readonly label?: string | undefined
}

/** How well something works, as a shape: full does, half in part, hollow not yet, crossed does not; a square is at its end. */
export const Disc = ({ kind, label }: Props) => (
  <svg
    viewBox="0 0 10 10"
    className="size-2.5 shrink-0"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    role={label === undefined ? undefined : 'img'}
    aria-label={label}
    aria-hidden={label === undefined ? true : undefined}
  >
    {kind === 'square' ? (
      <rect x="1.5" y="1.5" width="7" height="7" fill="currentColor" />
    ) : (
      <circle cx="5" cy="5" r="4" fill={kind === 'full' ? 'currentColor' : 'none'} />
    )}
    {kind === 'half' && <path d="M5 1a4 4 0 0 1 0 8z" fill="currentColor" />}
    {kind === 'crossed' && <path d="m2.5 2.5 5 5M7.5 2.5l-5 5" />}
  </svg>
)
