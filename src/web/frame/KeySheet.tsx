import { messages } from '../messages.ts'
import { Dialog } from '../parts/Dialog.tsx'

/** Every key and what it does. */
export const KeySheet = ({ onClose }: { readonly onClose: () => void }) => (
  <Dialog label={messages.keySheet.title} onClose={onClose} className="w-[640px] p-5">
    <h2 className="pb-3 text-18 font-semibold">{messages.keySheet.title}</h2>
    <div className="grid grid-cols-2 gap-x-8 gap-y-5 max-md:grid-cols-1">
      {messages.keySheet.groups.map((group) => (
        <section key={group.title}>
          <h3 className="heading pb-1">{group.title}</h3>
          <dl className="grid grid-cols-[7.5rem_1fr] items-baseline gap-y-1">
            {group.keys.map(([keys, what]) => (
              <div key={keys} className="col-span-2 grid grid-cols-subgrid">
                <dt className="font-mono text-12">{keys}</dt>
                <dd className="text-dim">{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
    <p className="pt-4 text-12 text-dim">{messages.keySheet.note}</p>
    <div className="flex justify-end pt-2">
      <button type="button" className="btn" onClick={onClose}>
        {messages.close}
      </button>
    </div>
  </Dialog>
)
