import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a step came to. A skipped thing is told by name, with its reason. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: readonly string[]
}

/** One part of `npm test`. `files` finds the files of a pattern below the project's root. */
export interface Step {
  readonly name: string
  readonly title: string
  run(root: string, files: (pattern: string) => readonly string[]): Promise<Counts>
}

const bin = (root: string, name: string): string => join(root, 'node_modules', '.bin', name)

/** Runs a program with its output on ours; resolves with its exit code and, where asked, what it printed. */
const run = (
  root: string,
  program: string,
  args: readonly string[],
  onLine?: (line: string) => void,
): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit'] })
    let rest = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      process.stdout.write(text)
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine?.(line)
    })
    child.on('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })

/** A step that is one command, or several: each that ends with 0 counts as one passed. */
const commands = (name: string, title: string, list: readonly (readonly [string, ...string[]])[]): Step => ({
  name,
  title,
  run: async (root) => {
    let passed = 0
    for (const [program, ...args] of list) if ((await run(root, bin(root, program), args)) === 0) passed += 1
    return { passed, failed: list.length - passed, skipped: [] }
  },
})

/** A step that runs test files with node:test. `concurrency` is low where tests start clusters and browsers. */
const tests = (
  name: string,
  title: string,
  patterns: readonly string[],
  without: readonly string[],
  concurrency: number,
): Step => ({
  name,
  title,
  run: async (root, files) => {
    const excluded = new Set(without.flatMap(files))
    const chosen = patterns.flatMap(files).filter((file) => !excluded.has(file))
    if (chosen.length === 0) return { passed: 0, failed: 0, skipped: [] }
    const folder = mkdtempSync(join(tmpdir(), 'bulwark-test-'))
    const counts = join(folder, 'counts.json')
    try {
      const code = await run(root, bin(root, 'node'), [
        '--test',
        `--test-concurrency=${concurrency}`,
        '--test-reporter=dot',
        '--test-reporter-destination=stdout',
        '--test-reporter=./test/reporter.ts',
        `--test-reporter-destination=${counts}`,
        ...chosen,
      ])
      return orFailed(JSON.parse(readFileSync(counts, 'utf8')) as Counts, code)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
})

/** A runner that ended badly without naming a failed test has failed all the same. */
const orFailed = (counts: Counts, code: number): Counts =>
  code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts

const conformance: Step = {
  name: 'conformance',
  title: 'the engines against the cases of their upstreams',
  run: async (root) => {
    let passed = 0
    let failed = 0
    const skipped: string[] = []
    const code = await run(root, bin(root, 'node'), ['test/conformance/main.ts'], (line) => {
      const counted = /^conformance [^:]+: (\d+) passed, (\d+) failed$/.exec(line)
      if (counted) {
        passed += Number(counted[1])
        failed += Number(counted[2])
      }
      const skip = /^skipped: (.*)$/.exec(line)
      if (skip?.[1] !== undefined) skipped.push(skip[1])
    })
    return orFailed({ passed, failed, skipped }, code)
  },
}

const clusterTests = ['test/cluster/**/*.test.ts', 'test/**/*.cluster.test.ts']
const browserTests = ['test/browser/**/*.test.ts']
const faultTests = ['test/faults/**/*.test.ts']
const serverTests = ['test/server/*.test.ts']

/** In the order in which `npm test` runs them. */
export const steps: readonly Step[] = [
  commands('lint', 'format and lint (biome)', [['biome', 'ci', '--colors=off', '--error-on-warnings', '.']]),
  commands('types', 'types of the pure folders, of Node code, of the page (tsc)', [
    ['tsc', '-p', 'tsconfig.pure.json'],
    ['tsc', '-p', 'tsconfig.node.json'],
    ['tsc', '-p', 'tsconfig.web.json'],
    ['tsc', '-p', 'tsconfig.web-tests.json'],
  ]),
  commands('imports', 'imports go one way (dependency-cruiser)', [['node', 'test/imports/check.ts']]),
  tests(
    'unit',
    'unit tests',
    ['src/**/*.test.ts', 'test/**/*.test.ts'],
    [...clusterTests, ...browserTests, ...faultTests, ...serverTests],
    2,
  ),
  conformance,
  tests('server', 'the commands as users start them', serverTests, clusterTests, 2),
  tests('faults', 'kill -9, full disks, damaged files', faultTests, [], 1),
  tests('cluster', 'against a real API server', clusterTests, browserTests, 1),
  tests('browser', 'the page in a real browser', browserTests, [], 1),
]
