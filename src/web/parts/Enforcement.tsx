import type { NamespacePosture } from '../../model/posture.ts'
import { messages } from '../messages.ts'

/** Why the enforced level is not to be taken at its word: no label, exempt, or a label that cannot be read. */
export const Enforcement = ({ namespace }: { readonly namespace: NamespacePosture }) => {
  if (namespace.labelError !== '') {
    return (
      <span className="chip border-high text-12 text-high" title={namespace.labelError}>
        {messages.now.labelError}
      </span>
    )
  }
  if (namespace.exempt !== '') {
    return (
      <span className="chip text-12 text-dim" title={namespace.exempt}>
        {messages.now.exempt}
      </span>
    )
  }
  if (namespace.unlabelled)
    return <span className="chip border-dashed text-12 text-dim">{messages.now.unlabelled}</span>
  return null
}
