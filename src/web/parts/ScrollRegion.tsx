import type { ReactNode, Ref } from 'react'

interface Props {
  readonly label: string
  readonly className: string
  readonly ref?: Ref<HTMLElement>
  readonly children: ReactNode
}

/** A part of the page that scrolls by itself: named, and reachable by keyboard, so that it can be scrolled without a mouse. */
export const ScrollRegion = ({ label, className, ref, children }: Props) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
  <section ref={ref} tabIndex={0} aria-label={label} className={className}>
    {children}
  </section>
)
