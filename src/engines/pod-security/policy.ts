import { type PodSecurityLevel, podSecurityLevels } from '../../model/posture.ts'
import { type LevelVersion, type PolicyVersion, parsePolicyVersion } from './version.ts'

export const policyModes = ['enforce', 'audit', 'warn'] as const
export type PolicyMode = (typeof policyModes)[number]

/** What applies in a namespace. Only `enforce` stops anything. */
export type Policy = Readonly<Record<PolicyMode, LevelVersion>>

/** A label that cannot be read, in upstream's words. */
export interface LabelError {
  readonly label: string
  readonly value: string
  /** `must be one of privileged, baseline, restricted`, or `must be "latest" or "v1.x"`. */
  readonly message: string
}

const privileged: LevelVersion = { level: 'privileged', version: 'latest' }

/** What an API server without an AdmissionConfiguration of its own does where no label says otherwise. */
export const defaultPolicy: Policy = { enforce: privileged, audit: privileged, warn: privileged }

/** The label that sets the level of a mode: `pod-security.kubernetes.io/enforce`. */
export const levelLabel = (mode: PolicyMode): string => `pod-security.kubernetes.io/${mode}`

/** The label that sets the version of a mode: `pod-security.kubernetes.io/enforce-version`. */
export const versionLabel = (mode: PolicyMode): string => `${levelLabel(mode)}-version`

/**
 * The policy of a stored namespace with these labels. What cannot be read fails closed for enforce (restricted), open for
 * audit and warn (privileged), and means `latest` for a version. Without a warn label, warn follows an enforce label that
 * is stricter. Upstream: k8s.io/pod-security-admission/api PolicyToEvaluate.
 */
export const policyFor = (
  labels: Readonly<Record<string, string>>,
  defaults: Policy = defaultPolicy,
): { readonly policy: Policy; readonly errors: readonly LabelError[] } => {
  const errors: LabelError[] = []
  const value = (label: string): string | undefined => (Object.hasOwn(labels, label) ? labels[label] : undefined)

  const levelOf = (mode: PolicyMode): PodSecurityLevel => {
    const text = value(levelLabel(mode))
    if (text === undefined) return defaults[mode].level
    const level = podSecurityLevels.find((one) => one === text)
    if (level !== undefined) return level
    errors.push({ label: levelLabel(mode), value: text, message: `must be one of ${podSecurityLevels.join(', ')}` })
    return mode === 'enforce' ? 'restricted' : 'privileged'
  }
  const versionOf = (mode: PolicyMode): PolicyVersion => {
    const text = value(versionLabel(mode))
    if (text === undefined) return defaults[mode].version
    const version = parsePolicyVersion(text)
    if (version !== undefined) return version
    errors.push({ label: versionLabel(mode), value: text, message: 'must be "latest" or "v1.x"' })
    return 'latest'
  }

  const enforce = { level: levelOf('enforce'), version: versionOf('enforce') }
  const enforceIsSet =
    value(levelLabel('enforce')) !== undefined && !errors.some((one) => one.label === levelLabel('enforce'))
  const audit = { level: levelOf('audit'), version: versionOf('audit') }
  const warn = { level: levelOf('warn'), version: versionOf('warn') }
  const follows =
    value(levelLabel('warn')) === undefined && enforceIsSet && compareLevels(enforce.level, warn.level) > 0
  return {
    policy: {
      enforce,
      audit,
      warn: follows
        ? { level: enforce.level, version: value(versionLabel('warn')) === undefined ? enforce.version : warn.version }
        : warn,
    },
    errors,
  }
}

/** True when the namespace says nothing about Pod Security, so that only the API server's defaults apply. */
export const isUnlabelled = (labels: Readonly<Record<string, string>>): boolean =>
  !policyModes.some((mode) => Object.hasOwn(labels, levelLabel(mode)) || Object.hasOwn(labels, versionLabel(mode)))

/** Negative when `a` is the less strict. */
export const compareLevels = (a: PodSecurityLevel, b: PodSecurityLevel): number =>
  podSecurityLevels.indexOf(a) - podSecurityLevels.indexOf(b)
