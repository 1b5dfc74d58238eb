import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadFalcoRules } from '../../../src/engines/falco/index.ts'
import type { CaseResult, Suite } from '../suite.ts'

/** Falco's stock rules for system calls: they are read and checked, and said not to be served. */
export const suite: Suite = {
  name: 'falco-rules',
  *run({ dir }) {
    // The sets of a folder build on each other in no order that their names say: each is loaded for itself.
    for (const folder of ['rules', 'archive']) {
      for (const file of readdirSync(join(dir, folder)).sort()) {
        if (file.endsWith('.yaml')) yield loads(`${folder}/${file}`, join(dir, folder, file))
      }
    }
  },
}

const loads = (name: string, path: string): CaseResult => {
  const text = readFileSync(path, 'utf8')
  const defined = new Set([...text.matchAll(/^- rule: (.*)$/gm)].map((match) => match[1]))
  const { rules, problems } = loadFalcoRules([{ path, text }])
  const errors = problems.filter(({ severity }) => severity === 'error')
  const notServed = rules.filter(({ state }) => state === 'source not served').length
  const expected = { rules: defined.size, notServed: defined.size, errors: [] }
  const got = { rules: rules.length, notServed, errors: errors.map(({ what, line }) => `${line}: ${what}`) }
  return { name, ok: errors.length === 0 && notServed === defined.size && rules.length === defined.size, expected, got }
}
