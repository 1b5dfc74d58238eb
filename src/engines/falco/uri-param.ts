import { parseUrl } from '../apimachinery/url.ts'
import { cutAtNul, fromBytes } from './utf8.ts'

/** The first value of a query parameter, as Go's url.Parse and url.ParseQuery find it. Malformed anywhere: undefined. */
export const uriParam = (uri: string, name: string): string | undefined => {
  const parsed = parseUrl(uri)
  if (parsed.kind === 'error') return undefined
  let first: string | undefined
  for (const pair of parsed.url.rawQuery.split('&')) {
    if (pair === '') continue
    if (pair.includes(';')) return undefined
    const equals = pair.indexOf('=')
    const key = unescapeQuery(equals < 0 ? pair : pair.slice(0, equals))
    const value = unescapeQuery(equals < 0 ? '' : pair.slice(equals + 1))
    if (key === undefined || value === undefined) return undefined
    if (key === name) first ??= value
  }
  return first === undefined ? undefined : cutAtNul(first)
}

const unescapeQuery = (text: string): string | undefined => {
  const spaced = text.replaceAll('+', ' ')
  if (!spaced.includes('%')) return spaced
  if (/%(?![0-9a-fA-F]{2})/.test(spaced)) return undefined
  return spaced.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    fromBytes(run.replaceAll(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))),
  )
}
