import { compareSeverity, type Severity, severities } from '../../model/finding.ts'
import type { ManifestProblem } from '../../sources/manifests/index.ts'
import { findingsOf, type ScanFinding, type ScannedWorkload, type ScanReport } from '../scan/report.ts'
import { visible } from '../terminal.ts'
import { countOf, type Paint, severitySigns } from './paint.ts'

/** The report for a person: by file and workload, worst first, then what could not be read, how to mend, and the sums. */
export const scanTable = (report: ScanReport, paint: Paint, options: { readonly quiet: boolean }): string => {
  const findings = findingsOf(report)
  const errors = report.problems.filter((problem) => problem.level === 'error')
  const notes = report.problems.filter((problem) => problem.level === 'note')
  const sections = [
    ...fileSections(report.workloads, paint),
    section('Could not be read', errors, (problem) => problemLines(problem, paint), paint),
    options.quiet ? '' : section('Left out', oncePerFile(notes), (problem) => problemLines(problem, paint), paint),
    options.quiet ? '' : section('How to mend', remediesOf(findings), ([title, text]) => `  ${title}: ${text}`, paint),
    options.quiet ? '' : `${summaryOf(report, findings, errors, paint)}\n`,
  ]
  return sections.filter((text) => text !== '').join('\n')
}

const fileSections = (workloads: readonly ScannedWorkload[], paint: Paint): readonly string[] => {
  const byFile = new Map<string, ScannedWorkload[]>()
  for (const workload of workloads) {
    if (workload.findings.length === 0) continue
    const known = byFile.get(workload.file)
    if (known === undefined) byFile.set(workload.file, [workload])
    else known.push(workload)
  }
  return [...byFile].map(([file, group]) =>
    [paint.strong(visible(file)), ...group.flatMap((workload) => workloadLines(workload, paint)), ''].join('\n'),
  )
}

const workloadLines = (workload: ScannedWorkload, paint: Paint): readonly string[] => {
  const sorted = workload.findings.toSorted((a, b) => compareSeverity(b.severity, a.severity))
  const places = sorted.map(placeOf)
  const width = places.reduce((most, place) => Math.max(most, place.length), 0)
  const level = workload.level === undefined ? '' : paint.dim(`  satisfies ${workload.level}`)
  return [
    `  ${visible(workload.title)}${level}`,
    ...sorted.map((finding, index) => {
      const word = `${severitySigns[finding.severity]} ${finding.severity.padEnd('critical'.length)}`
      const place = paint.dim((places[index] ?? '').padEnd(width))
      return `    ${paint.severity(finding.severity, word)}  ${place}  ${visible(finding.message)}`
    }),
  ]
}

const placeOf = ({ file, positions }: ScanFinding): string =>
  `${visible(file)}:${positions[0]?.line ?? 1}:${positions[0]?.column ?? 1}`

const section = <T>(title: string, items: readonly T[], lineOf: (item: T) => string, paint: Paint): string =>
  items.length === 0 ? '' : `${paint.strong(title)}\n${items.map((item) => `${lineOf(item)}\n`).join('')}`

const problemLines = ({ file, position, message, mend, level }: ManifestProblem, paint: Paint): string => {
  const place = position === undefined ? visible(file) : `${visible(file)}:${position.line}:${position.column}`
  const text = level === 'error' ? paint.bad(visible(message)) : visible(message)
  return `  ${place}  ${text}${mend === '' ? '' : `\n      → ${visible(mend)}`}`
}

/** A file with many documents that are none of ours would else fill the screen with them. */
const oncePerFile = (notes: readonly ManifestProblem[]): readonly ManifestProblem[] => {
  const groups = Map.groupBy(notes, ({ file, message }) => JSON.stringify([file, message]))
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const more = others.length === 0 ? '' : `, and ${countOf(others.length, 'more such document')}`
    return [{ ...first, message: `${first.message}${more}` }]
  })
}

/** One line for each check that found something, worst first. */
const remediesOf = (findings: readonly ScanFinding[]): readonly (readonly [string, string])[] => {
  const worstFirst = findings.toSorted((a, b) => compareSeverity(b.severity, a.severity))
  return [...new Map(worstFirst.map((finding) => [finding.title, finding.remediation] as const))]
}

const summaryOf = (
  report: ScanReport,
  findings: readonly ScanFinding[],
  errors: readonly ManifestProblem[],
  paint: Paint,
): string => {
  const seen = [
    countOf(report.files, 'file'),
    countOf(report.objects, 'object'),
    countOf(report.workloads.length, 'workload'),
  ].join(', ')
  const counts = severities
    .toReversed()
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => paint.severity(severity, countWord(severity, count)))
  const asked = `${report.policy.level}:${report.policy.version}`
  const verdict = counts.length === 0 ? paint.good(`nothing against ${asked}`) : `${counts.join(', ')} against ${asked}`
  const whole =
    errors.length === 0
      ? ''
      : paint.bad(` ${countOf(errors.length, 'problem')} above: not everything could be read, so there may be more.`)
  return `${seen}: ${verdict}.${whole}`
}

const countWord = (severity: Severity, count: number): string => `${count.toLocaleString('en-US')} ${severity}`
