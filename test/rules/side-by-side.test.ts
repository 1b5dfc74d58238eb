import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { attackSteps } from './recording.ts'
import { contentFile, contentPage, outcomes } from './side-by-side.ts'

const found = await outcomes()

/** How detections come together in cases is held by the tests of src/detect/cases: here are what rules find. */
const withoutCases = (page: string): string => page.replace(/ \| [^|]* \| [^|]* \|$/gm, ' |')

test('docs/detection-content.md is as measured (node test/rules/side-by-side.ts --write)', () =>
  assert.equal(withoutCases(readFileSync(contentFile, 'utf8')), withoutCases(contentPage(found))))

test('by our own rules every step of the attack is in a case, and ordinary traffic makes none', () => {
  const own = found.find(({ title }) => title === 'Bulwark’s own')
  assert.deepEqual(
    own?.stepsInCases,
    attackSteps.map(({ what }) => what),
  )
  assert.equal(own?.normalCases, 0)
})
