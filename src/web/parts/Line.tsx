import type { ReactNode } from 'react'

/** A name and what holds of it, as one line of a list in two columns. */
export const Line = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <>
    <dt className="text-dim">{name}</dt>
    <dd className="wrap-anywhere">{children}</dd>
  </>
)
