import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { loadSigma } from '../../../src/engines/sigma/index.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { yamlFiles } from '../sigma-files.ts'
import type { Suite } from '../suite.ts'

const clean = (counts: JsonObject): JsonObject => ({ rules: 0, correlations: 0, filters: 0, problems: [], ...counts })
const noSigma = (file: string): string => `${file}:1 has to have one of detection (a rule), correlation and filter`

/** pySigma looks at a condition only when it converts the rule: this one would fail there, too, and not when it is loaded. */
const undefinedSearch = (place: string): string => `${place} the condition uses "selection"; there are selection_1`

/** By folder: what a collection comes to. Pipelines and values of placeholders are pySigma's own, and are refused as rules. */
const expectations: Readonly<Record<string, JsonObject>> = {
  'tests/files': clean({ problems: [noSigma('pipeline.yml'), noSigma('placeholder_values.yaml')] }),
  'tests/files/pipelines': clean({ problems: [noSigma('pipeline-1.yml'), noSigma('pipeline-2.yml')] }),
  'tests/files/correlation_rule_valid': clean({ rules: 3, correlations: 3 }),
  'tests/files/filter_valid': clean({ filters: 1 }),
  'tests/files/rule_filename_errors': clean({ rules: 1 }),
  'tests/files/rule_valid': clean({ rules: 1 }),
  'tests/files/ruleset': clean({ problems: [undefinedSearch('test_rule.yml:18')] }),
  'tests/files/ruleset/subdirectory': clean({ rules: 1 }),
  'tests/files/ruleset_duplicate': clean({
    problems: [
      'sub2/test_rule.yml:1 "2dcca7b4-4b3a-4db6-9364-a019d54904bf" is taken by the one in sub1/test_rule.yml:1',
      undefinedSearch('sub1/test_rule.yml:17'),
    ],
  }),
  'tests/files/ruleset_nonduplicate': clean({ rules: 2 }),
  'tests/files/ruleset_with_errors': clean({
    problems: ['test_rule_with_error.yml:18 "Image|foobar": there is no modifier "foobar"'],
  }),
}

/** pySigma's collections: valid ones load whole, faulty ones name the file, the line and the fault. */
export const suite: Suite = {
  name: 'pysigma-files',
  *run({ dir }) {
    const folders = new Map<string, { readonly name: string; readonly text: string }[]>()
    for (const { name, text } of yamlFiles(dir)) {
      const folder = dirname(name).replace(/\/sub\d$/, '')
      const files = folders.get(folder) ?? []
      files.push({ name: name.slice(folder.length + 1), text })
      folders.set(folder, files)
    }
    for (const [folder, files] of folders) {
      const loaded = loadSigma(files, { sources: [] })
      const got = {
        rules: loaded.rules.length,
        correlations: loaded.correlations.length,
        filters: loaded.filters.length,
        problems: loaded.problems.map(({ at, what }) => `${at.file}:${at.line} ${what}`),
      }
      const expected = Object.hasOwn(expectations, folder) ? expectations[folder] : undefined
      yield { name: folder, ok: isDeepStrictEqual(got, expected), expected, got }
    }
    const valid = ['tests/files/rule_valid', 'tests/files/filter_valid'].flatMap((folder) => folders.get(folder) ?? [])
    const filtered = loadSigma(valid, { sources: [] }).rules.map((one) => one.filters.map(({ title }) => title))
    const expected = [['Filter Out Domain Controllers']]
    yield { name: 'filter applied to its rule', ok: isDeepStrictEqual(filtered, expected), expected, got: filtered }
  },
}
