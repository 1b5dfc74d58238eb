import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createReachability, podOfWorkload, readWorld } from '../../../src/engines/network-policy/index.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { manifestsOf } from '../manifests.ts'
import type { Suite } from '../suite.ts'

/** The policies of upstream's conformance tests: each is read without a problem and every pair of its pods is judged. */
export const suite: Suite = {
  name: 'network-policy-api',
  *run({ dir }) {
    // Templates leave open only which ports the nodes use.
    const read = (file: string): readonly JsonObject[] =>
      manifestsOf(readFileSync(join(dir, file), 'utf8').replaceAll(/\{\{[^}]*\}\}/g, '36363'))
    const cluster = read('conformance/base/manifests.yaml').flatMap(podsOf)
    for (const file of globSync('conformance/base/*/*.yaml', { cwd: dir }).sort()) {
      const { problems, ...world } = readWorld([...cluster, ...read(file)])
      const rules = world.gates.flatMap(({ tiers }) =>
        tiers.flatMap(({ policies }) => policies.flatMap((one) => one.rules)),
      )
      let pairs = 0
      createReachability({ ...world, problems }).eachPair(() => {
        pairs += 1
      })
      const unexpected = problems.filter(({ path }) => !needsMore.test(path)).map(({ path, what }) => `${path} ${what}`)
      yield { name: file, ok: unexpected.length === 0 && rules.length > 0 && pairs > 0, expected: [], got: unexpected }
    }
  },
}

/** What DNS answers and which nodes there are does not stand in manifests; two baselines of one priority are meant so. */
const needsMore = /domainNames|nodes|spec\.priority/

const podsOf = (object: JsonObject): readonly JsonObject[] => {
  const pod = podOfWorkload(object)
  return pod === undefined ? [object] : [pod]
}
