import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Attributes, decide, readPolicy } from '../../../src/engines/audit-policy/index.ts'
import { asString, isObject, type JsonObject } from '../../../src/model/json.ts'
import { readJsonLines } from '../json-lines.ts'
import { type Suite, subset } from '../suite.ts'

/** Policies accepted or refused, and what the accepted ones decide, as the real API server does. Texts of errors are ours. */
export const suite: Suite = {
  name: 'oracle-audit-policy',
  *run({ dir, quick }) {
    const cases = readJsonLines(join(dir, 'cases.jsonl.gz')).filter(isObject)
    for (const one of subset(cases, quick)) {
      const reading = readPolicy(one.policy ?? null)
      const valid = reading.kind === 'accepted'
      yield { name: `${asString(one.id)}-valid`, ok: valid === one.valid, expected: one.valid, got: valid }
      if (reading.kind !== 'accepted') continue
      const queries = Array.isArray(one.queries) ? one.queries.filter(isObject) : []
      for (const query of queries) {
        const { level, omitStages, omitManagedFields, matchedRule } = query
        const expected = { level, omitStages, omitManagedFields, matchedRule }
        const decision = decide(reading.policy, attributesOf(isObject(query.attributes) ? query.attributes : {}))
        const got = {
          level: decision.level,
          omitStages: decision.omitStages,
          omitManagedFields: decision.omitManagedFields,
          matchedRule: decision.rule,
        }
        yield { name: asString(query.id) ?? '', ok: isDeepStrictEqual(got, expected), expected, got }
      }
    }
  },
}

const attributesOf = (attributes: JsonObject): Attributes => {
  const text = (key: string): string => asString(attributes[key]) ?? ''
  const groups = Array.isArray(attributes.groups) ? attributes.groups.filter((one) => typeof one === 'string') : []
  return {
    user: attributes.noUser === true ? null : { name: text('user'), groups },
    verb: text('verb'),
    scope:
      attributes.isResourceRequest === true
        ? {
            kind: 'resource',
            apiGroup: text('apiGroup'),
            resource: text('resource'),
            subresource: text('subresource'),
            namespace: text('namespace'),
            name: text('name'),
          }
        : { kind: 'non-resource', path: text('path') },
  }
}
