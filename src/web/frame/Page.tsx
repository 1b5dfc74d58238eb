import type { ReactNode } from 'react'
import type { Searched } from '../../model/answer.ts'
import { messages } from '../messages.ts'
import { Progress } from '../parts/Progress.tsx'
import { Honesty } from './Honesty.tsx'

interface Props {
  readonly title: string
  /** One sentence that says what this page claims. */
  readonly claim?: ReactNode
  readonly actions?: ReactNode
  readonly busy?: boolean
  /** When the newest answer on the page came, in milliseconds of this browser's clock; 0 while there is none. */
  readonly answeredAt?: number
  readonly searched?: Searched | undefined
  /** True: the page scrolls as a whole. False: its parts do. */
  readonly scrolls?: boolean
  readonly children: ReactNode
}

/** A page's title, claim, content and honesty line. */
export const Page = ({
  title,
  claim,
  actions,
  busy = false,
  answeredAt,
  searched,
  scrolls = true,
  children,
}: Props) => (
  <>
    <title>{messages.title(title)}</title>
    <Progress busy={busy} />
    <div
      className={`flex min-h-0 grow flex-col ${scrolls ? 'overflow-y-auto' : ''}`}
      {...(scrolls ? { tabIndex: 0, role: 'region', 'aria-label': title } : {})}
    >
      <div className="flex shrink-0 items-baseline gap-x-4 gap-y-1 px-5 pt-3 pb-2 max-md:flex-wrap">
        <h1 className="max-w-[60%] shrink-0 text-18 font-semibold wrap-anywhere max-md:max-w-full">{title}</h1>
        {claim && <p className="min-w-0 text-dim wrap-anywhere max-md:order-last max-md:basis-full">{claim}</p>}
        {actions && (
          <div className="ml-auto flex shrink-0 items-center gap-2 self-center max-md:ml-0 max-md:shrink max-md:flex-wrap">
            {actions}
          </div>
        )}
      </div>
      <div className={scrolls ? 'flex flex-col px-5 pb-8' : 'flex min-h-0 grow flex-col'}>{children}</div>
    </div>
    <Honesty answeredAt={answeredAt} asking={busy} searched={searched} />
  </>
)
