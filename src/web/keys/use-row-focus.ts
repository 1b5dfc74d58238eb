/** j and k on pages without a selection of their own: the focus moves along everything marked `data-row`. */
import { useKey } from './use-key.ts'

export const useRowFocus = (): void => {
  useKey('next', () => move(1))
  useKey('previous', () => move(-1))
}

const move = (by: 1 | -1): boolean => {
  const rows = [...document.querySelectorAll<HTMLElement>('#content [data-row]')]
  if (rows.length === 0) return false
  const here = rows.findIndex((row) => row.contains(document.activeElement))
  const next = rows[here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, here + by))]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
  return true
}
