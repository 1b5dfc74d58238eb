import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { statusQuery } from './api/queries.ts'
import { queryClient } from './api/query-client.ts'
import { router } from './router.tsx'
import { applyTheme, currentTheme } from './theme.ts'
import './theme.css'

applyTheme(currentTheme())
// Every page needs it, and some wait for it: it is asked for while the page's own script is on its way.
void queryClient.prefetchQuery(statusQuery)

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
