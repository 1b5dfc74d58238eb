import type { EventRow } from '../../../model/answer.ts'
import { messages } from '../../messages.ts'

/** The HTTP status, with a sign and a word where the request was refused or failed. */
export const Result = ({ row }: { readonly row: EventRow }) => {
  const refused = row.decision === 'forbid' || row.code === 401 || row.code === 403
  if (refused) {
    return (
      <span className="inline-flex items-center gap-1.5 whitespace-nowrap text-critical">
        <svg
          viewBox="0 0 12 12"
          className="size-3 shrink-0"
          aria-hidden="true"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.6"
        >
          <circle cx="6" cy="6" r="4.6" />
          <path d="m3 3 6 6" />
        </svg>
        {row.code || ''} {messages.events.decisions.forbid}
      </span>
    )
  }
  if (row.code >= 500) return <span className="text-high">{row.code}</span>
  return <span className={row.code >= 400 ? 'text-medium' : 'text-dim'}>{row.code || '–'}</span>
}
