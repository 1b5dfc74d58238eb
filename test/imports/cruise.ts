import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { forbidden } from './rules.ts'

/** One import that goes the wrong way, with the rule it breaks and where the code belongs instead. */
export interface Violation {
  readonly rule: string
  readonly from: string
  readonly to: string
  readonly instead: string
}

/** What was looked at and what is wrong with it. */
export interface ImportReport {
  readonly modules: number
  readonly violations: readonly Violation[]
}

/** How Node and the compiler find what an import names. */
const resolution = {
  extensions: ['.ts', '.tsx', '.mjs', '.cjs', '.js', '.json', '.d.ts'],
  exportsFields: ['exports'],
  conditionNames: ['import', 'types', 'node', 'default'],
}

/** Checks the imports of every file below `folder` (relative to `root`, which holds a `src/`) against the table of rules.ts. */
export const checkImports = async (root: string, folder: string): Promise<ImportReport> => {
  const result = await cruise(
    [folder],
    {
      baseDir: root,
      ruleSet: { forbidden: [...forbidden] },
      validate: true,
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
    },
    resolution,
    { tsConfig: extractTSConfig('tsconfig.node.json') },
  )
  const output = result.output
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered with text: ${output.slice(0, 200)}`)
  return report(output)
}

const report = (output: ICruiseResult): ImportReport => {
  const instead = new Map(forbidden.map((rule) => [rule.name, rule.comment]))
  return {
    modules: output.modules.filter((module) => module.source.startsWith('src/')).length,
    violations: output.summary.violations.map((violation) => ({
      rule: violation.rule.name,
      from: violation.from,
      to: violation.to,
      instead: instead.get(violation.rule.name) ?? '',
    })),
  }
}
