/** `text`, `text*`, `*text`, or `*` for any text that is not empty. A star elsewhere is a letter. */
export const fitsText = (pattern: string, text: string): boolean => {
  if (pattern === '*') return text !== ''
  if (pattern.startsWith('*')) return text.endsWith(pattern.slice(1))
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern
}

/**
 * As `fitsText`, or by a template with `{*}` for one part of the path and `{**}` for any number of them, none included.
 * Upstream: https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation, Envoy's URI template.
 */
export const fitsPath = (pattern: string, path: string): boolean =>
  pattern.includes('{*}') || pattern.includes('{**}')
    ? fitsParts(pattern.split('/'), path.split('/'))
    : fitsText(pattern, path)

/** Row by row, so that the time is the product of both lengths at most, whatever is written. */
const fitsParts = (template: readonly string[], parts: readonly string[]): boolean => {
  // Whether the template so far fits the first `count` parts.
  let fits = parts.map(() => false)
  fits = [true, ...fits]
  for (const piece of template) {
    const next = fits.map(() => false)
    for (let count = 1; count < fits.length; count += 1) {
      if (piece === '{**}') next[count] = next[count - 1] === true || fits[count - 1] === true
      else next[count] = fits[count - 1] === true && fitsPart(piece, parts[count - 1] ?? '')
    }
    fits = next
  }
  return fits.at(-1) === true
}

const fitsPart = (piece: string, part: string): boolean => (piece === '{*}' ? part !== '' : piece === part)
