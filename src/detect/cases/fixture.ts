/** Detections for tests and benches, made of what the case is about. */
import type { Detection, DetectionTarget } from '../../model/detection.ts'
import { uidDigits } from '../../model/event-id.ts'
import type { Severity } from '../../model/finding.ts'

export type SampleDetection = Partial<Omit<Detection, 'target' | 'severity' | 'rule'>> & {
  readonly rule: string
  readonly severity?: Severity
  readonly target?: Partial<DetectionTarget>
  /** Minutes since the beginning. */
  readonly minute: number
}

/** The moment at which samples begin: 2026-11-23T10:00:00Z. */
export const beginning = Date.UTC(2026, 10, 23, 10) * 1000

export const minute = 60_000_000

export const sampleDetection = ({ minute: at, target, ...sample }: SampleDetection): Detection => {
  const time = beginning + Math.round(at * minute)
  const whole = { group: '', resource: '', subresource: '', namespace: '', name: '', ...target }
  const uid = uidDigits(
    [sample.rule, time, sample.principal, sample.sourceIp, sample.pod, ...Object.values(whole)].join('\n'),
  )
  return {
    id: `d-${uid}`,
    title: sample.rule,
    severity: 'medium',
    tags: [],
    time,
    receivedAt: time + 1_000_000,
    cluster: 'shop',
    source: 'audit',
    principal: '',
    groups: [],
    impersonated: '',
    impersonatedGroups: [],
    sourceIp: '',
    userAgent: '',
    verb: 'get',
    grants: [],
    code: sample.refused === true ? 403 : 200,
    refused: false,
    node: '',
    pod: '',
    container: '',
    image: '',
    workload: '',
    serviceAccount: '',
    message: `${sample.principal ?? ''} ${sample.verb ?? 'get'} ${Object.values(whole).join('/')}`,
    group: {},
    measured: 1,
    evidence: [`a${time.toString(36)}-${uid}-1`],
    position: { seq: time, index: 0 },
    ...sample,
    target: whole,
  }
}
