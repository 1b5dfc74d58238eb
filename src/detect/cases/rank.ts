import { type Severity, severities } from '../../model/finding.ts'

/** 0 is info, 4 is critical. */
export const rankOf = (severity: Severity): number => severities.indexOf(severity)

export const severityAt = (rank: number): Severity =>
  severities[Math.min(Math.max(rank, 0), severities.length - 1)] ?? 'info'

/** The severity of what happened: a refused attempt counts one step less. */
export const effectiveRank = ({
  severity,
  refused,
}: {
  readonly severity: Severity
  readonly refused: boolean
}): number => Math.max(0, rankOf(severity) - (refused ? 1 : 0))

/** From here on a detection opens a case by itself. */
export const alarmRank = rankOf('medium')
