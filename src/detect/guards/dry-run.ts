/**
 * Whether a request only tries what it asks for: it has the parameter `dryRun`, whose one value the API server takes is
 * `All`. The names of parameters are decoded as it does; `dryRun=` in the value of another parameter, which anybody may
 * write, is none. https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export const isDryRun = (requestUri: string): boolean => {
  const query = requestUri.indexOf('?')
  if (query < 0) return false
  return requestUri
    .slice(query + 1)
    .split('&')
    .some((parameter) => decoded(parameter.split('=', 1)[0] ?? '') === 'dryRun')
}

const decoded = (name: string): string => {
  if (!name.includes('%')) return name
  try {
    return decodeURIComponent(name)
  } catch {
    // Go refuses such a query as a whole.
    return name
  }
}
