import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadFalcoRules, type RulesFile } from '../../../src/engines/falco/index.ts'
import type { CaseResult, Suite } from '../suite.ts'

/** The stock Kubernetes audit rules, as they are: every rule of each set is ready to run. */
export const suite: Suite = {
  name: 'falco-k8saudit',
  *run({ dir }) {
    const stock = join(dir, 'k8saudit', 'rules', 'k8s_audit_rules.yaml')
    yield loads('k8saudit', [stock])
    // The folder's own k8s_audit_rules.yaml is a link to the stock rules.
    yield loads('k8saudit-gke', [stock, join(dir, 'k8saudit-gke', 'rules', 'k8s_audit_rules_gke.yaml')])
  },
}

const loads = (name: string, paths: readonly string[]): CaseResult => {
  const files = paths.map((path): RulesFile => ({ path, text: readFileSync(path, 'utf8') }))
  const defined = new Set(files.flatMap(({ text }) => [...text.matchAll(/^- rule: (.*)$/gm)].map((match) => match[1])))
  const { rules, served, problems } = loadFalcoRules(files)
  const errors = problems.filter(({ severity }) => severity === 'error').map(({ what, line }) => `${line}: ${what}`)
  const expected = { rules: defined.size, served: defined.size, errors: [] }
  const got = { rules: rules.length, served: served.length, errors }
  const ok = errors.length === 0 && got.rules === defined.size && got.served === defined.size
  return { name, ok, expected, got }
}
