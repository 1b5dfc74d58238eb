import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Cases of the CEL specification for what Kubernetes' environment does not have, or has in an older version, by reason. */
export function celSpecExceptions(): readonly {
  readonly suite: string
  readonly case: string
  readonly reason: string
}[] {
  const path = fileURLToPath(new URL('./cel-spec-exceptions.json', import.meta.url))
  const reasons = JSON.parse(readFileSync(path, 'utf8')) as Readonly<
    Record<string, Readonly<Record<string, readonly string[]>>>
  >
  return Object.entries(reasons).flatMap(([reason, sections]) =>
    Object.entries(sections).flatMap(([section, names]) =>
      names.map((name) => ({ suite: 'cel-spec', case: `${section}/${name}`, reason })),
    ),
  )
}
