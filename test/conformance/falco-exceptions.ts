import type { Exception } from './exceptions.ts'

const listFields =
  'The rules of engine version 4 use "contains" on fields that are lists, which Falco refuses since: the case holds on no Falco of today.'

/** Cases of Falco's own suites that cannot pass. */
export const falcoExceptions = (): readonly Exception[] => [
  {
    suite: 'falco-event-generator',
    case: 'create-disallowed-pod: Falco',
    reason: 'The stock file allows every image (macro allowed_k8s_containers) until a file of the user says which.',
  },
  ...['create_disallowed_pod', 'create_privileged_pod', 'create_hostnetwork_pod'].map((name) => ({
    suite: 'falco-regression',
    case: `compat_engine_v4_${name}`,
    reason: listFields,
  })),
  {
    suite: 'falco-regression',
    case: 'invalid_list_loop',
    reason:
      'The error is about the name of a system call; rules of source syscall are checked up to their fields, not their values.',
  },
  {
    suite: 'falco-regression',
    case: 'test_warnings',
    reason:
      'The warnings are about how many system calls a rule can match, which only the engine that runs it has to know.',
  },
]
