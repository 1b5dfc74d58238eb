import { isDeepStrictEqual } from 'node:util'
import { loadSigma, readSigma } from '../../../src/engines/sigma/index.ts'
import { yamlFiles } from '../sigma-files.ts'
import type { Suite } from '../suite.ts'

const kinds = { rules: 'rule', correlation: 'correlation', filter: 'filter' } as const
const uuid = /^[0-9a-f-]{36}$/

/** A rule that a sample refers to and that upstream does not give. */
const stub = (reference: string): string => `
title: stub
${uuid.test(reference) ? 'id' : 'name'}: ${reference}
logsource: {category: process_creation, product: windows}
detection:
  s: {a: 1}
  condition: s
`

/** The specification's samples are read as what they are, and link to the rules that they name. */
export const suite: Suite = {
  name: 'sigma-specification',
  *run({ dir }) {
    for (const file of yamlFiles(dir)) {
      const [, folder = ''] = /^tests\/schema\/([^/]+)\//.exec(file.name) ?? []
      const kind = Object.entries(kinds).find(([name]) => name === folder)?.[1] ?? 'unknown'
      const { documents, problems } = readSigma(file.text, file.name)
      const got = { kinds: documents.map((one) => one.kind), problems: problems.map(({ what }) => what) }
      const expected = { kinds: [kind], problems: [] }
      yield { name: file.name, ok: isDeepStrictEqual(got, expected), expected, got }
      const references = documents.flatMap((one) => (one.kind === 'rule' || one.rules === 'any' ? [] : one.rules))
      const stubs = references.map((reference) => ({ name: `stub-${reference}`, text: stub(reference) }))
      const loaded = loadSigma([file, ...stubs], { sources: [] })
      const count = loaded.rules.length + loaded.correlations.length + loaded.filters.length
      const linked = { documents: count, problems: loaded.problems.map(({ what }) => what) }
      const wanted = { documents: 1 + stubs.length, problems: [] }
      yield { name: `${file.name} linked`, ok: isDeepStrictEqual(linked, wanted), expected: wanted, got: linked }
    }
  },
}
