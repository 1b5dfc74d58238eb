/** A technique or scenario that others publish, held against our rules. */
export interface Row {
  readonly id: string
  readonly title: string
  /** Names of our rules (rules/bulwark) that tell of it. Empty: `note` says why none does. */
  readonly rules: readonly string[]
  /** What is not seen of it, or where Bulwark tells of it instead. */
  readonly note: string
}

export const row = (id: string, title: string, rules: string, note = ''): Row => ({
  id,
  title,
  rules: rules === '' ? [] : rules.split(' '),
  note,
})

/** Why the audit log does not tell of something: in one place, since it is the same for many. */
export const why = {
  sensor:
    'what a process in a container does is in no audit event: a runtime sensor tells (Falco and Tetragon are taken in)',
  flow: 'connections between pods are in no audit event: it needs flows',
  application: 'requests to an application are in no audit event: it needs the application’s own log',
  cloud: 'it happens at the cloud’s control plane, whose own log tells of it',
  images: 'it happens in the registry; which images run, and what is in them, is a matter of findings',
  metrics: 'it needs measurements of processes and of the network, by an agent on the node',
  redacted: 'what looks like a credential is taken out of an event before rules see it',
} as const
