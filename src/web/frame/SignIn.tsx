import { messages } from '../messages.ts'
import { CopyBlock } from '../parts/CopyButton.tsx'

/** What a person without a session sees: where the link is, and how to get a new one. */
export const SignIn = ({ retry }: { readonly retry: () => void }) => (
  <main className="mx-auto flex h-full max-w-lg flex-col justify-center gap-3 px-6">
    <title>{messages.title(messages.signIn.title)}</title>
    <h1 className="text-24 font-semibold">{messages.signIn.title}</h1>
    <p className="text-14">{messages.signIn.body}</p>
    <p className="rounded-6 border border-line bg-surface px-3 py-2 font-mono text-12 break-all">
      {window.location.origin}/login?link=…
    </p>
    <p className="text-14">{messages.signIn.again}</p>
    <CopyBlock text="npx bulwark link" label={messages.signIn.again} />
    <div>
      <button type="button" className="btn btn-primary" onClick={retry}>
        {messages.signIn.retry}
      </button>
    </div>
  </main>
)
