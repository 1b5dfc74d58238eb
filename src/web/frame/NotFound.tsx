import { Link } from '@tanstack/react-router'
import { messages } from '../messages.ts'
import { Page } from './Page.tsx'

export const NotFound = () => (
  <Page title={messages.notFound.title} claim={messages.notFound.body}>
    <Link to="/" className="btn self-start">
      {messages.pages.now}
    </Link>
  </Page>
)
