import { BulwarkError } from '../../model/error.ts'
import { parseQuery } from '../../model/query/index.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
import { type Micros, parseMicros } from '../../model/time.ts'

/** A fault of one member of a suppression. */
export interface SuppressionFault {
  readonly member: keyof SuppressionSpec
  readonly what: string
  readonly mend: string
}

const day: Micros = 24 * 3_600_000_000
/** How far ahead an expiry may be: a year, also a leap year. */
export const longestSuppression: Micros = 366 * day
const longestName = 253
const longestText = 1000
const mostRules = 100

/** What is wrong with a suppression at a moment; empty where it can be used. One that is over is not wrong. */
export const suppressionFaults = (spec: SuppressionSpec, now: Micros): readonly SuppressionFault[] => {
  const faults: SuppressionFault[] = []
  const fault = (member: keyof SuppressionSpec, what: string, mend: string): void => {
    faults.push({ member, what, mend })
  }
  if (!nameForm.test(spec.name) || spec.name.length > longestName)
    fault(
      'name',
      'the name is not one that Kubernetes takes',
      'Write small letters, digits, “-” and “.”, with a letter or digit at both ends.',
    )
  if (spec.rules.length > mostRules) fault('rules', `it names more than ${mostRules} rules`, 'Make it two.')
  const query = parseQuery(spec.query)
  if (!query.ok)
    fault(
      'query',
      `the query cannot be read: ${query.error.message} (at character ${query.error.from + 1})`,
      query.error.mend,
    )
  if (spec.owner.trim() === '') fault('owner', 'it has no owner', 'Write who answers for it.')
  if (spec.reason.trim() === '') fault('reason', 'it has no reason', 'Write why this is harmless.')
  if (spec.owner.length > longestText)
    fault('owner', `the owner is longer than ${longestText} characters`, 'Write a name.')
  if (spec.reason.length > longestText)
    fault('reason', `the reason is longer than ${longestText} characters`, 'Write less, or a link.')
  const expires = parseMicros(spec.expires)
  if (spec.expires === '') fault('expires', 'it never expires', 'Write when it ends, like 2026-12-31T00:00:00Z.')
  else if (expires === undefined)
    fault('expires', 'its expiry is no moment', 'Write it as RFC 3339, like 2026-12-31T00:00:00Z.')
  else if (expires > now + longestSuppression)
    fault('expires', 'it expires more than a year ahead', 'Write an earlier day: it can be prolonged then.')
  return faults
}

/** DNS-1123 subdomain, as metadata.name. */
const nameForm = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

/** Throws `SUPPRESSION_INVALID` with the first fault. */
export const requireSuppression = (spec: SuppressionSpec, now: Micros): void => {
  const [fault] = suppressionFaults(spec, now)
  if (fault !== undefined)
    throw new BulwarkError('SUPPRESSION_INVALID', {
      what: fault.what,
      where: `suppression ${spec.name === '' ? 'without a name' : `“${spec.name.slice(0, 80)}”`}, ${fault.member}`,
      mend: fault.mend,
    })
  if (isTooBroad(spec))
    throw new BulwarkError('SUPPRESSION_INVALID', {
      what: 'it names no rule and has no query: it would hide everything',
      where: `suppression “${spec.name}”`,
      mend: 'Name the rules, or write a query.',
    })
}

/** Means everything: such a one suppresses nothing. */
export const isTooBroad = ({ rules, query }: Pick<SuppressionSpec, 'rules' | 'query'>): boolean => {
  const parsed = parseQuery(query)
  return rules.length === 0 && parsed.ok && parsed.query.expression === undefined
}
