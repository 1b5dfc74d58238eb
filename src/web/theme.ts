/** Which theme the viewer wants; kept by the browser, not in the URL, for it is a taste and not a state. */
import { useSyncExternalStore } from 'react'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'bulwark.theme'
const listeners = new Set<() => void>()

export const currentTheme = (): Theme => {
  const stored = read()
  return themes.find((theme) => theme === stored) ?? 'system'
}

export const setTheme = (theme: Theme): void => {
  try {
    localStorage.setItem(key, theme)
  } catch {
    // A browser that keeps nothing still shows the theme until the page is closed.
  }
  applyTheme(theme)
  for (const listener of listeners) listener()
}

export const applyTheme = (theme: Theme): void => {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export const useTheme = (): Theme =>
  useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, currentTheme)

const read = (): string | null => {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
