/** The name that stands on what this person changes. It lives in this browser. */
const key = 'bulwark.name'

export const loadName = (): string => {
  try {
    return localStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}

export const storeName = (name: string): void => {
  try {
    localStorage.setItem(key, name)
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}
