import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Cases of Kyverno's library that ask for more than the API server's own admission policies do, by reason. */
export function kyvernoExceptions(): readonly {
  readonly suite: string
  readonly case: string
  readonly reason: string
}[] {
  const path = fileURLToPath(new URL('./kyverno-exceptions.json', import.meta.url))
  const reasons = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, readonly string[]>>
  return Object.entries(reasons).flatMap(([reason, names]) =>
    names.map((name) => ({ suite: 'kyverno-policies', case: name, reason })),
  )
}
