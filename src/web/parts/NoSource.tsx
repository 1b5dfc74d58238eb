import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { messages } from '../messages.ts'
import { Empty } from './Empty.tsx'

/** Why nothing is here: nobody could have seen it. What that means for this page is said by `children`. */
export const NoSource = ({ children }: { readonly children: ReactNode }) => (
  <Empty
    kind="unseen"
    actions={
      <Link to="/sources" className="btn btn-primary">
        {messages.now.connect}
      </Link>
    }
  >
    {children}
  </Empty>
)
