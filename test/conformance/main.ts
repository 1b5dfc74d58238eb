import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { exceptions } from './exceptions.ts'
import { runSuite, type SuiteReport, suitesIn } from './run.ts'
import { suites } from './suites/index.ts'

const usage = `Runs upstream's own cases through our engines.

Usage: npm run conformance -- [options] [SUITE…]

Options:
  --data DIR   the folder that holds one folder per suite (default: ../shared/conformance beside the repository);
               only the suites found there run
  --quick      a few cases of each suite, evenly spread
  --limit N    show at most N failures of each suite (default 20, 0: all)
  --exceptions name each case that cannot pass, with its reason, and not only how many
  --json       one JSON object a suite, on a line of its own
  --list       name the suites, and do nothing else
  --help       this text

Exit code: 0 all passed (or nothing to run), 1 a case failed, 2 wrong usage.

Examples:
  npm run conformance
  npm run conformance -- pod-security oracle-pod-security
  npm run conformance -- --data /tmp/more-cases --limit 5
`

const defaultData = resolve(import.meta.dirname, '../../../shared/conformance')

const complain = (message: string): number => {
  process.stderr.write(`conformance: ${message}\n`)
  return 2
}

const main = async (): Promise<number> => {
  const options = readArguments()
  if (typeof options === 'string') return complain(`${options}. See npm run conformance -- --help`)
  const { values, positionals } = options
  if (values.help) return print(usage)
  if (values.list) return print(suites.map((suite) => `${suite.name}\n`).join(''))
  const limit = Number(values.limit)
  if (!Number.isInteger(limit) || limit < 0) return complain(`--limit wants a whole number, not "${values.limit}"`)
  const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name))
  if (unknown.length > 0) return complain(`no suite is called ${unknown.join(', ')}. --list names them all`)

  const data = resolve(values.data ?? defaultData)
  if (!existsSync(data)) {
    if (values.data !== undefined) return complain(`there is no folder ${data}`)
    return print(`skipped: the cases are not on this machine (no folder ${data}; --data names another)\n`)
  }
  const asked = positionals.length === 0 ? suites : suites.filter((suite) => positionals.includes(suite.name))
  const { found, missing } = suitesIn(data, asked)
  if (missing.length > 0) {
    process.stderr.write(`conformance: not in ${data}, so not run: ${missing.map((suite) => suite.name).join(', ')}\n`)
  }
  const shown = limit === 0 ? Number.POSITIVE_INFINITY : limit
  let failed = 0
  for (const suite of found) {
    const report = await runSuite(suite, { data, quick: values.quick, limit: shown, exceptions })
    print(values.json ? `${JSON.stringify(report)}\n` : describe(report, values.exceptions))
    failed += report.failed
  }
  return failed === 0 ? 0 : 1
}

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        quick: { type: 'boolean', default: false },
        limit: { type: 'string', default: '20' },
        json: { type: 'boolean', default: false },
        exceptions: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const print = (text: string): number => {
  process.stdout.write(text)
  return 0
}

/** How many for each reason, or each by its name. */
const exceptedLines = ({ excepted }: SuiteReport, all: boolean): readonly string[] =>
  all
    ? excepted.map(({ name, reason }) => `    ${name}: ${reason}`)
    : [...Map.groupBy(excepted, ({ reason }) => reason)].map(([reason, cases]) => `    ${cases.length}: ${reason}`)

const describe = (report: SuiteReport, all: boolean): string => {
  const lines = [`conformance ${report.suite}: ${report.passed} passed, ${report.failed} failed`]
  for (const failure of report.failures) {
    lines.push(`  failed ${failure.name}`)
    lines.push(`    expected ${show(failure.expected)}`, `    got      ${show(failure.got)}`)
  }
  const hidden = report.failed - report.failures.length
  if (hidden > 0) lines.push(`  … and ${hidden} more failed (--limit 0 shows all)`)
  if (report.excepted.length > 0) lines.push(`  ${report.excepted.length} excepted:`, ...exceptedLines(report, all))
  for (const name of report.passedExceptions)
    lines.push(`  passes now, take it off ${join('test', 'conformance', 'exceptions.ts')}: ${name}`)
  return `${lines.join('\n')}\n`
}

const show = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'))

process.exitCode = await main()
