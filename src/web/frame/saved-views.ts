/** Views that a person saved: a name and the part of the URL behind the host. Kept by the browser. */

export interface SavedView {
  readonly name: string
  readonly href: string
}

const key = 'bulwark.views'
const maxViews = 50

/** The saved views in a stored text; whatever is not one is left out, and links that lead elsewhere too. */
export const parseViews = (stored: string | null): readonly SavedView[] => {
  let value: unknown
  try {
    value = JSON.parse(stored ?? '[]')
  } catch {
    return []
  }
  if (!Array.isArray(value)) return []
  return value
    .filter(
      (view): view is SavedView =>
        typeof view === 'object' &&
        view !== null &&
        typeof view.name === 'string' &&
        view.name !== '' &&
        typeof view.href === 'string' &&
        /^\/(?![/\\])/.test(view.href),
    )
    .slice(0, maxViews)
    .map(({ name, href }) => ({ name, href }))
}

/** The views with one more; a view of the same name is replaced. */
export const withView = (views: readonly SavedView[], view: SavedView): readonly SavedView[] =>
  [view, ...views.filter(({ name }) => name !== view.name)].slice(0, maxViews)

export const loadViews = (): readonly SavedView[] => {
  try {
    return parseViews(localStorage.getItem(key))
  } catch {
    return []
  }
}

export const storeViews = (views: readonly SavedView[]): void => {
  try {
    localStorage.setItem(key, JSON.stringify(views))
  } catch {
    // A browser that keeps nothing cannot keep views either; the palette then shows none.
  }
}
