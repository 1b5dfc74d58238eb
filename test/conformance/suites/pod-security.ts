import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { parse } from 'yaml'
import {
  parsePolicyVersion,
  podChecks,
  readPod,
  violationsOf,
  withApiDefaults,
} from '../../../src/engines/pod-security/index.ts'
import type { PodSecurityLevel } from '../../../src/model/posture.ts'
import { type CaseResult, type Suite, subset } from '../suite.ts'

/**
 * The fixtures of kubernetes/pod-security-admission: `<level>/<version>/<pass|fail>/<check><n>.yaml`. A pod under `pass`
 * has no violation; one under `fail` violates the check of its file's name, or the one that overrides it. What fails
 * baseline fails restricted too, and what passes restricted passes baseline. Upstream sends them through an API server,
 * whose defaults some of them count on (restrictedvolumes0: a volume without a source is an emptyDir).
 */
export const suite: Suite = {
  name: 'pod-security',
  *run({ dir, quick }) {
    const files = readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
      .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
      .sort()
    for (const file of subset(files, quick)) yield runFixture(dir, file)
  },
}

const runFixture = (dir: string, file: string): CaseResult => {
  const [level, versionText, outcome] = file.split('/')
  const version = parsePolicyVersion(versionText ?? '')
  if ((level !== 'baseline' && level !== 'restricted') || version === undefined) {
    return { name: file, ok: false, expected: '<level>/<version>/<pass|fail>/<check>.yaml', got: file }
  }
  const object = parse(readFileSync(join(dir, file), 'utf8'))
  const { pod, unreadable } = readPod(object.metadata, object.spec)
  if (unreadable.length > 0) {
    return { name: file, ok: false, expected: 'a readable pod', got: unreadable.map((field) => field.path) }
  }
  const failed = (at: PodSecurityLevel): readonly string[] =>
    violationsOf({ level: at, version }, withApiDefaults(pod, 'Pod')).flatMap(({ check }) => [
      check,
      ...overriddenBy(check),
    ])
  const check = basename(file, '.yaml').replace(/\d+$/, '')
  const got = { baseline: failed('baseline'), restricted: failed('restricted') }
  if (outcome === 'pass') {
    const ok = got[level].length === 0 && got.baseline.length === 0
    return { name: file, ok, expected: 'no violation', got }
  }
  const ok = got[level].some((id) => id.toLowerCase() === check) && got.restricted.length > 0
  return { name: file, ok, expected: `a violation of ${check}, and of restricted`, got }
}

const overriddenBy = (id: string): readonly string[] => podChecks.find((check) => check.id === id)?.overrides ?? []
