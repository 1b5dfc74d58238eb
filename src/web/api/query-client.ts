import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './client.ts'

/** Faults that asking again can mend: not reached, overloaded, store not ready yet. */
const passing = (error: Error): boolean => error instanceof ApiError && [0, 429, 502, 503, 504].includes(error.status)

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      retry: (failures, error) => passing(error) && failures < 4,
      retryDelay: (failures) => Math.min(4000, 300 * 2 ** failures),
      refetchOnWindowFocus: false,
    },
  },
})
