import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Suite } from '../suite.ts'
import { onPage } from '../techniques-page.ts'

/** Every technique of Microsoft's Threat matrix for Kubernetes stands in docs/techniques.md, by its number. */
export const suite: Suite = {
  name: 'threat-matrix-kubernetes',
  *run({ dir }) {
    const folder = join(dir, 'docs/techniques')
    const numbers = readdirSync(folder)
      .filter((file) => file.endsWith('.md'))
      // A page without a number would be a technique that is not looked for.
      .map((file) => /\bID: (MS-TA\d+)/.exec(readFileSync(join(folder, file), 'utf8'))?.[1] ?? file)
      .sort()
    yield* onPage('Threat matrix for Kubernetes', numbers)
  },
}
