import { messages } from '../messages.ts'
import { Fault } from '../parts/Fault.tsx'
import { Page } from './Page.tsx'

/** What stands where a page could not be drawn, or its script not loaded because Bulwark was started anew. */
export const Broken = ({ error }: { readonly error: unknown }) => (
  <Page title={messages.failed}>
    <Fault error={error instanceof Error ? error : new Error(String(error))} />
    <button type="button" className="btn self-start" onClick={() => window.location.reload()}>
      {messages.reload}
    </button>
  </Page>
)
