import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Exception } from './exceptions.ts'
import type { CaseResult, Suite } from './suite.ts'

/** The outcome of one suite. `failures` holds the first ones up to the limit asked for; `failed` counts them all. */
export interface SuiteReport {
  readonly suite: string
  readonly passed: number
  readonly failed: number
  readonly excepted: readonly { readonly name: string; readonly reason: string }[]
  /** Cases that stand in the list of exceptions but pass. */
  readonly passedExceptions: readonly string[]
  readonly failures: readonly CaseResult[]
  readonly seconds: number
}

export interface RunOptions {
  readonly data: string
  readonly quick: boolean
  /** How many failures of a suite to keep. */
  readonly limit: number
  readonly exceptions: readonly Exception[]
}

/** Runs one suite to its end. A suite that throws, has no case, or names a case twice has failed. */
export const runSuite = async (suite: Suite, options: RunOptions): Promise<SuiteReport> => {
  const started = performance.now()
  const reasons = new Map(
    options.exceptions.filter((one) => one.suite === suite.name).map((one) => [one.case, one.reason]),
  )
  const seen = new Set<string>()
  const excepted: { name: string; reason: string }[] = []
  const passedExceptions: string[] = []
  const failures: CaseResult[] = []
  let passed = 0
  let failed = 0
  const fail = (result: CaseResult): void => {
    failed += 1
    if (failures.length < options.limit) failures.push(result)
  }
  try {
    const input = { dir: join(options.data, suite.name), data: options.data, quick: options.quick }
    for await (const result of suite.run(input)) {
      const reason = reasons.get(result.name)
      if (seen.has(result.name))
        fail({ ...result, ok: false, expected: 'a name of its own', got: 'a second case of this name' })
      else if (result.ok) passed += 1
      else if (reason === undefined) fail(result)
      else excepted.push({ name: result.name, reason })
      if (result.ok && reason !== undefined) passedExceptions.push(result.name)
      seen.add(result.name)
    }
    if (seen.size === 0) fail({ name: '(suite)', ok: false, expected: 'at least one case', got: 'none' })
  } catch (error) {
    const got = error instanceof Error ? (error.stack ?? error.message) : String(error)
    fail({ name: '(suite)', ok: false, expected: 'a run to the end', got })
  }
  const seconds = (performance.now() - started) / 1000
  return { suite: suite.name, passed, failed, excepted, passedExceptions, failures, seconds }
}

/** Parts the suites into those that have their folder under `data`, and those that have not. */
export const suitesIn = (
  data: string,
  suites: readonly Suite[],
): { readonly found: readonly Suite[]; readonly missing: readonly Suite[] } => ({
  found: suites.filter((suite) => existsSync(join(data, suite.name))),
  missing: suites.filter((suite) => !existsSync(join(data, suite.name))),
})
