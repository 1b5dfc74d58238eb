import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Suite } from '../suite.ts'
import { onPage } from '../techniques-page.ts'

/** Every attack technique of Stratus Red Team for Kubernetes and EKS stands in docs/techniques.md. */
export const suite: Suite = {
  name: 'stratus-red-team',
  *run({ dir }) {
    const folder = join(dir, 'docs/attack-techniques')
    const techniques = globSync('*/*.md', { cwd: folder })
      // Indexes of a platform have no technique of their own.
      .filter((file) => /^---\ntitle: /.test(readFileSync(join(folder, file), 'utf8')))
      .map((file) => basename(file, '.md'))
      .filter((id) => id !== 'index')
      .sort()
    yield* onPage('Stratus Red Team', techniques)
  },
}
