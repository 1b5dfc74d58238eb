import type { OwnedObject } from '../../model/posture.ts'
import { ObjectName } from './ObjectName.tsx'

interface Props {
  readonly objects: readonly OwnedObject[]
  readonly namespace: string
}

/** What belongs to an object, down to the pods. */
export const OwnedTree = ({ objects, namespace }: Props) => (
  <ul className="flex flex-col">
    {objects.map((object) => (
      <li key={`${object.group}/${object.kind}/${object.name}`}>
        <div className="flex min-h-6 items-center gap-2">
          <ObjectName
            object={{ group: object.group, kind: object.kind, namespace, name: object.name }}
            withoutNamespace
          />
          {object.phase && <span className="shrink-0 text-12 text-dim">{object.phase}</span>}
        </div>
        {object.children.length > 0 && (
          <div className="ml-2 border-l border-line pl-3">
            <OwnedTree objects={object.children} namespace={namespace} />
          </div>
        )}
      </li>
    ))}
  </ul>
)
