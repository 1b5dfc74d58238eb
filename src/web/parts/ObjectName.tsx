import { Link } from '@tanstack/react-router'
import type { ObjectKey } from '../api/queries.ts'
import { messages } from '../messages.ts'
import { CopyButton } from './CopyButton.tsx'
import { KindIcon } from './KindIcon.tsx'

interface Props {
  readonly object: ObjectKey
  /** As of this moment instead of the page's. */
  readonly at?: string
  /** Leaves the namespace out where it stands above. */
  readonly withoutNamespace?: boolean
  readonly withCopy?: boolean
}

/** Parameters of the page Object for an object; `-` stands for what is empty. */
export const objectParams = (object: ObjectKey) => ({
  group: object.group || '-',
  kind: object.kind,
  namespace: object.namespace || '-',
  name: object.name,
})

/** The name of an object, the same everywhere: kind, namespace dimmed, name, a link to it as of the page's moment. */
export const ObjectName = ({ object, at, withoutNamespace = false, withCopy = false }: Props) => (
  <span className="group/name inline-flex min-w-0 max-w-full items-center gap-1.5 align-middle">
    <KindIcon kind={object.kind} />
    <Link
      to="/object/$group/$kind/$namespace/$name"
      params={objectParams(object)}
      search={at ? { at } : {}}
      data-row
      className="truncate font-mono text-12 hover:underline"
      title={`${object.kind} ${object.namespace ? `${object.namespace}/` : ''}${object.name}`}
    >
      {object.namespace && !withoutNamespace && <span className="text-dim">{object.namespace}/</span>}
      {object.name}
    </Link>
    {withCopy && (
      <CopyButton
        text={object.namespace ? `${object.namespace}/${object.name}` : object.name}
        label={`${messages.copy.copy} ${object.name}`}
      />
    )}
  </span>
)
