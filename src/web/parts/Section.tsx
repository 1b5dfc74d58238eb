import type { ReactNode } from 'react'

interface SectionProps {
  readonly title: string
  readonly aside?: ReactNode
  readonly children: ReactNode
}

/** A part of a page under its own heading. */
export const Section = ({ title, aside, children }: SectionProps) => (
  <section className="pt-7">
    <div className="flex items-baseline gap-3 pb-1.5">
      <h2 className="text-14 font-semibold">{title}</h2>
      {aside && <div className="ml-auto text-dim">{aside}</div>}
    </div>
    {children}
  </section>
)
