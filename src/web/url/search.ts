/**
 * The query part of the URL as plain `key=value` texts, so that a link can be read, written by hand and made by other
 * programs. Every value is a text; each page validates its own.
 */

/** Every key once (the first one holds), all values as texts. */
export const parseSearch = (search: string): Record<string, string> => {
  const result: Record<string, string> = Object.create(null)
  for (const [key, value] of new URLSearchParams(search)) {
    if (!(key in result)) result[key] = value
  }
  return { ...result }
}

/** `?a=b&c=d` with the keys in their order, without those that are undefined or empty; empty when none is left. */
export const stringifySearch = (search: Readonly<Record<string, unknown>>): string => {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(search)) {
    if (typeof value === 'string' && value !== '') params.set(key, value)
  }
  // Colons and slashes are legal in a query and far easier to read; `+` stands for a space as forms do it.
  const text = params.toString().replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%2C', ',')
  return text === '' ? '' : `?${text}`
}

/** The text of a search value, cut to a sane length; undefined when it is missing, empty or no text. */
export const searchText = (value: unknown, maxLength = 4096): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, maxLength) : undefined

/** The value when it is one of the choices, undefined otherwise. */
export const searchChoice = <T extends string>(value: unknown, choices: readonly T[]): T | undefined =>
  choices.find((choice) => choice === value)
