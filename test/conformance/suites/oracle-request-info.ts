import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { requestInfo } from '../../../src/engines/apimachinery/request-info.ts'
import { asString, isObject } from '../../../src/model/json.ts'
import { readJsonLines } from '../json-lines.ts'
import { type Suite, subset } from '../suite.ts'

/** What the real API server makes of request lines. Where it errs, that we err too is compared, not the text. */
export const suite: Suite = {
  name: 'oracle-request-info',
  *run({ dir, quick }) {
    const cases = readJsonLines(join(dir, 'cases.jsonl.gz')).filter(isObject)
    for (const one of subset(cases, quick)) {
      const result = requestInfo(asString(one.method) ?? '', asString(one.uri) ?? '')
      const expected = isObject(one.expected) ? one.expected : 'an error'
      const got = result.kind === 'info' ? { ...result.info } : 'an error'
      yield { name: asString(one.id) ?? '', ok: isDeepStrictEqual(got, expected), expected, got }
    }
  },
}
