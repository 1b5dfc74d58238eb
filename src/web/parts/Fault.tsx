import { ApiError } from '../api/client.ts'
import { messages } from '../messages.ts'

interface Props {
  readonly error: Error
  readonly retry?: (() => void) | undefined
}

/** Why something cannot be shown, and what mends it. */
export const Fault = ({ error, retry }: Props) => (
  <div role="alert" className="my-4 flex max-w-2xl flex-col gap-1 border-l-2 border-critical px-4 py-1">
    <p className="heading">{messages.failed}</p>
    <p>{error.message}</p>
    {error instanceof ApiError && error.where && <p className="font-mono text-12 text-dim">{error.where}</p>}
    {error instanceof ApiError && error.mend && <p className="text-dim">{error.mend}</p>}
    {retry && (
      <div className="pt-1">
        <button type="button" className="btn" onClick={retry}>
          {messages.retry}
        </button>
      </div>
    )}
  </div>
)
