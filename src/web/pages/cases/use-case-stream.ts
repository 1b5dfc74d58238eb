/** Asks for cases again when the server says that they changed. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { apiUrl } from '../../api/client.ts'

export const useCaseStream = (): void => {
  const client = useQueryClient()
  useEffect(() => {
    const source = new EventSource(apiUrl('cases/stream'))
    const ask = (): void => {
      void client.invalidateQueries({ queryKey: ['cases'] })
      void client.invalidateQueries({ queryKey: ['case'] })
    }
    source.addEventListener('changed', ask)
    // At its beginning, and where it was cut for longer than the server remembers.
    source.addEventListener('reload', ask)
    return () => source.close()
  }, [client])
}
