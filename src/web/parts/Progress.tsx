import { messages } from '../messages.ts'

/** A thin line that moves while one part of a page is being asked for; its room is always kept. */
export const Progress = ({ busy }: { readonly busy: boolean }) => (
  <div className="progress-line" data-busy={busy}>
    {busy && (
      <span role="status" className="sr-only">
        {messages.loading}
      </span>
    )}
  </div>
)
