import { isAbsolute, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Severity } from '../../model/finding.ts'
import { type Check, checks } from '../../posture/checks/index.ts'
import type { ManifestProblem, Position } from '../../sources/manifests/index.ts'
import { findingsOf, type ScanFinding, type ScanReport } from '../scan/report.ts'

/**
 * The report as SARIF 2.1.0 (OASIS), as code scanning services read it. What could not be read stands among the
 * notifications of the invocation, which then was not successful.
 */
export const scanSarif = (report: ScanReport, bulwarkVersion: string): string => {
  const ruleIndexes = new Map(checks.map((check, index) => [check.id, index]))
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Bulwark',
            semanticVersion: bulwarkVersion,
            rules: checks.map(ruleOf),
          },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: report.problems.every((problem) => problem.level !== 'error'),
            toolExecutionNotifications: report.problems.map(notificationOf),
          },
        ],
        results: findingsOf(report).map((finding) => resultOf(finding, ruleIndexes.get(finding.check) ?? -1)),
      },
    ],
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

const ruleOf = (check: Check) => ({
  id: check.id,
  name: check.id.slice(check.id.indexOf('/') + 1),
  shortDescription: { text: check.title },
  fullDescription: { text: check.why },
  help: { text: check.remediation },
  helpUri: check.reference,
  defaultConfiguration: { level: levels[check.severity] },
  properties: {
    'security-severity': scores[check.severity],
    tags: ['security', 'kubernetes', ...check.controls.map((control) => `${control.framework} ${control.id}`)],
  },
})

const resultOf = (finding: ScanFinding, ruleIndex: number) => {
  const [first, ...others] = finding.positions
  const { namespace, name, kind } = finding.object
  const title = `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
  return {
    ruleId: finding.check,
    ruleIndex,
    level: levels[finding.severity],
    message: { text: `${title}: ${finding.message}. ${finding.remediation}` },
    locations: [
      {
        physicalLocation: physicalLocation(finding.file, first),
        logicalLocations: [{ fullyQualifiedName: `${title} ${finding.paths[0] ?? ''}`.trimEnd(), kind: 'object' }],
      },
    ],
    relatedLocations: others.map((position) => ({ physicalLocation: physicalLocation(finding.file, position) })),
    partialFingerprints: { 'bulwarkFinding/v1': finding.id },
  }
}

const notificationOf = (problem: ManifestProblem) => ({
  level: problem.level,
  message: { text: problem.mend === '' ? problem.message : `${problem.message}. ${problem.mend}` },
  locations: [{ physicalLocation: physicalLocation(problem.file, problem.position) }],
})

const physicalLocation = (file: string, position: Position | undefined) => ({
  artifactLocation: { uri: uriOf(file) },
  ...(position === undefined ? {} : { region: { startLine: position.line, startColumn: position.column } }),
})

/** Relative paths stay relative, to the folder that the scan ran in. */
const uriOf = (file: string): string => {
  if (file === '<stdin>') return 'stdin'
  if (isAbsolute(file)) return pathToFileURL(file).href
  return file.split(sep).map(encodeURIComponent).join('/')
}

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
}

/** GitHub's scale: over 9.0 critical, over 7.0 high, over 4.0 medium. */
const scores: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '3.0',
  info: '0.0',
}
