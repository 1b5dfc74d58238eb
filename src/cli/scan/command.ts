import { Command, Option } from 'commander'
import { parsePolicyVersion } from '../../engines/pod-security/index.ts'
import { BulwarkError } from '../../model/error.ts'
import { compareSeverity, type Severity, severities } from '../../model/finding.ts'
import { type PodSecurityLevel, podSecurityLevels } from '../../model/posture.ts'
import { readManifests } from '../../sources/manifests/index.ts'
import { countOf, paintFor, wantsColor } from '../format/paint.ts'
import { scanJson } from '../format/scan-json.ts'
import { scanSarif } from '../format/scan-sarif.ts'
import { scanTable } from '../format/scan-table.ts'
import { exitCodes } from '../terminal.ts'
import { findingsOf, type ScanReport } from './report.ts'
import { scan } from './scan.ts'

const outputs = ['table', 'json', 'sarif'] as const

interface ScanOptions {
  readonly level: PodSecurityLevel
  readonly policyVersion: string
  readonly output: (typeof outputs)[number]
  readonly failOn: Severity | 'never'
  readonly quiet: boolean
  readonly color: boolean
}

/** What the command needs of the process around it. */
export interface ScanProcess {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly stdout: ScanStream
  readonly stderr: ScanStream
  readonly env: Readonly<Record<string, string | undefined>>
}

interface ScanStream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** `bulwark scan PATH…|-`. Hands one of {@link exitCodes} to `exit` when it is done. */
export const scanCommand = (
  around: ScanProcess = process,
  exit: (code: number) => void = (code) => {
    process.exitCode = code
  },
): Command =>
  new Command('scan')
    .description('check manifests against the Pod Security Standards')
    .argument('<path...>', 'files, folders (all .yaml, .yml and .json below them), or - for standard input')
    .addOption(
      new Option('-l, --level <level>', 'the level to check against').choices(podSecurityLevels).default('restricted'),
    )
    .option(
      '--policy-version <version>',
      'the version of the standards: latest, or v1.N as in a namespace label',
      'latest',
    )
    .addOption(new Option('-o, --output <format>', 'how to tell it').choices(outputs).default('table'))
    .addOption(
      new Option('--fail-on <severity>', 'the mildest severity that ends with exit code 1')
        .choices([...severities, 'never'])
        .default('low'),
    )
    .option('-q, --quiet', 'no progress, hints or sums: only what is wrong', false)
    .option('--no-color', 'no colour, even on a terminal (NO_COLOR does the same)')
    .addHelpText('after', helpText)
    .action(async (paths: readonly string[], options: ScanOptions, command: Command) => {
      exit(await run(paths, options, command.parent?.version() ?? '', around))
    })

const helpText = `
Exit codes:
  0  nothing found at or above --fail-on
  1  something found
  2  wrong usage
  3  something could not be read, so there may be more than was found (outweighs 1)

Examples:
  bulwark scan deploy/
  bulwark scan --level baseline --fail-on high web.yaml
  helm template ./chart | bulwark scan -
  kubectl get deploy,ds,sts,cronjob -A -o yaml | bulwark scan -
  bulwark scan --output sarif deploy/ > bulwark.sarif
`

const run = async (
  paths: readonly string[],
  options: ScanOptions,
  bulwarkVersion: string,
  around: ScanProcess,
): Promise<number> => {
  const version = parsePolicyVersion(options.policyVersion)
  if (version === undefined) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: `there is no version "${options.policyVersion}" of the Pod Security Standards`,
      where: '--policy-version',
      mend: 'Use latest, or v1.N as in a namespace label',
    })
  }
  let files = 0
  const progress = progressLine(around.stderr, !options.quiet && around.stderr.isTTY === true)
  const items = readManifests(paths, around.stdin, () => {
    files += 1
  })
  const scanned = await scan(items, { level: options.level, version }, ({ workloads }) => {
    progress.show(() => `${countOf(files, 'file')}, ${countOf(workloads, 'workload')} …`)
  })
  progress.clear()
  const report: ScanReport = { ...scanned, files }
  around.stdout.write(textOf(report, options, bulwarkVersion, around))
  return exitCodeOf(report, options.failOn)
}

const textOf = (report: ScanReport, options: ScanOptions, bulwarkVersion: string, around: ScanProcess): string => {
  switch (options.output) {
    case 'json':
      return scanJson(report)
    case 'sarif':
      return scanSarif(report, bulwarkVersion)
    case 'table': {
      const color = options.color && wantsColor(around.stdout.isTTY === true, around.env)
      return scanTable(report, paintFor(color), { quiet: options.quiet })
    }
  }
}

/** An answer that is not whole outweighs what was found. */
const exitCodeOf = (report: ScanReport, failOn: Severity | 'never'): number => {
  if (report.problems.some((problem) => problem.level === 'error')) return exitCodes.failed
  const counts = (severity: Severity): boolean => failOn !== 'never' && compareSeverity(severity, failOn) >= 0
  return findingsOf(report).some((finding) => counts(finding.severity)) ? exitCodes.found : exitCodes.ok
}

/** One line on a terminal, written over at most ten times a second, and gone at the end. */
const progressLine = (stderr: ScanStream, enabled: boolean) => {
  const everyMillis = 100
  let shownAt = performance.now()
  let isShown = false
  return {
    show: (text: () => string): void => {
      const now = performance.now()
      if (!enabled || now - shownAt < everyMillis) return
      shownAt = now
      isShown = true
      stderr.write(`\r\u001b[2K${text()}`)
    },
    clear: (): void => {
      if (isShown) stderr.write('\r\u001b[2K')
    },
  }
}
