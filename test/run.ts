// npm test: every check there is, in order from the quickest, with one plain line of counts at the end.
// `node test/run.ts STEP…` runs only the steps named.
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { type Counts, type Step, steps } from './steps.ts'

const root = join(import.meta.dirname, '..')
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`no step named ${unknown.join(', ')}; there are: ${steps.map((step) => step.name).join(', ')}`)
  process.exit(2)
}

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`

const runStep = async (step: Step): Promise<Counts> => {
  const began = Date.now()
  console.log(`\n── ${step.name}: ${step.title}`)
  const counts = await step.run(root, (pattern) => globSync(pattern, { cwd: root }).sort())
  for (const skip of counts.skipped) console.log(`   skipped: ${skip}`)
  console.log(
    `── ${step.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped in ${seconds(began)}`,
  )
  return counts
}

const began = Date.now()
const results = new Map<string, Counts>()
for (const step of steps) {
  if (asked.length === 0 || asked.includes(step.name)) results.set(step.name, await runStep(step))
}

console.log(`\nall steps in ${seconds(began)}`)
for (const [name, counts] of results) if (counts.failed > 0) console.log(`failed: ${name}`)
for (const [name, counts] of results) for (const skip of counts.skipped) console.log(`skipped: ${name}: ${skip}`)
const sum = (pick: (counts: Counts) => number): number =>
  [...results.values()].reduce((total, counts) => total + pick(counts), 0)
const failed = sum((counts) => counts.failed)
console.log(
  `${sum((counts) => counts.passed)} passed, ${failed} failed, ${sum((counts) => counts.skipped.length)} skipped`,
)
process.exitCode = failed === 0 ? 0 : 1
