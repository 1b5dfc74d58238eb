import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Suite } from '../suite.ts'
import { onPage } from '../techniques-page.ts'

/** Every Kubernetes detection of Splunk's security content stands in docs/techniques.md. */
export const suite: Suite = {
  name: 'splunk-security-content',
  *run({ dir }) {
    const files = globSync('**/*.yml', { cwd: join(dir, 'detections') })
    yield* onPage('Splunk’s security content', files.map((file) => basename(file, '.yml')).sort())
  },
}
