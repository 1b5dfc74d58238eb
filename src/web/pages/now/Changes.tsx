import type { ObjectVersionRow } from '../../../model/answer.ts'
import { messages } from '../../messages.ts'
import { Moment } from '../../parts/Moment.tsx'
import { ObjectName } from '../../parts/ObjectName.tsx'
import { UserName } from '../../parts/UserName.tsx'

/** The newest changes of objects, with who made them as far as the record knows. */
export const Changes = ({ changes }: { readonly changes: readonly ObjectVersionRow[] }) => (
  <div className="overflow-x-auto">
    <table className="grid-lines w-full">
      <thead>
        <tr>
          <th scope="col">{messages.events.columns.time}</th>
          <th scope="col">{messages.events.columns.what}</th>
          <th scope="col">{messages.events.columns.object}</th>
          <th scope="col">{messages.events.columns.who}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.id}>
            <td className="text-dim">
              <Moment time={change.time} />
            </td>
            <td>{messages.changes[change.change]}</td>
            <td className="max-w-96">
              <ObjectName object={change.ref} at={change.time} />
            </td>
            <td className="max-w-80">
              {change.madeBy ? (
                <span className="block truncate font-mono text-12" title={change.madeBy.user}>
                  <UserName user={change.madeBy.user} />
                </span>
              ) : (
                <span className="text-faint">{messages.now.unknownWho}</span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)
