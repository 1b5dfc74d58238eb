import type { ReactNode } from 'react'

/** What narrows a list down, in a row above it. What is chosen stands in the URL. */
export const FilterRow = ({ children }: { readonly children: ReactNode }) => (
  <div className="flex flex-wrap items-center gap-x-2 gap-y-1.5 px-5 pb-2.5">{children}</div>
)
