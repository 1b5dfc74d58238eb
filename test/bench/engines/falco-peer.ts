import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type PeerRate =
  | { readonly kind: 'measured'; readonly perCpuSecond: number; readonly version: string }
  | { readonly kind: 'missing'; readonly why: string }

/**
 * Events for a second of CPU by the `falco` on the PATH, with the plugins k8saudit and json in its plugin folder: the
 * lines from a file, alerts as JSON to a file, its start included. Both plugins extract in step (useAsync false): on few
 * cores the hand-over between threads starves.
 */
export const falcoRate = (lines: readonly string[], rules: string): PeerRate => {
  const found = spawnSync('falco', ['--version'], { encoding: 'utf8', timeout: 30_000 })
  if (found.error !== undefined) return { kind: 'missing', why: 'falco is not on the PATH' }
  const version = /\d+\.\d+\.\d+/.exec(found.stdout)?.[0] ?? 'of unknown version'
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-bench-falco-'))
  try {
    const [events, config] = [join(dir, 'events.jsonl'), join(dir, 'falco.json')]
    writeFileSync(events, `${lines.join('\n')}\n`)
    // JSON is YAML.
    writeFileSync(config, JSON.stringify(settings(events, rules, join(dir, 'alerts.jsonl'))))
    // `times` tells the CPU time of the children of the shell in its second line.
    const run = spawnSync(
      'bash',
      ['-c', 'falco -c "$1" --enable-source k8s_audit >/dev/null || exit; times', 'bash', config],
      {
        encoding: 'utf8',
        timeout: 300_000,
      },
    )
    const cpu = cpuSeconds(run.stdout.trim().split('\n')[1] ?? '')
    if (run.status !== 0 || cpu === undefined) {
      const said = run.stderr.trim().split('\n').at(-1) ?? ''
      return { kind: 'missing', why: `falco ${version} ended with ${run.status ?? run.signal}: ${said.slice(0, 120)}` }
    }
    return { kind: 'measured', perCpuSecond: Math.round(lines.length / cpu), version }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const settings = (events: string, rules: string, alerts: string): object => ({
  rules_files: [rules],
  load_plugins: ['k8saudit', 'json'],
  plugins: [
    { name: 'k8saudit', library_path: 'libk8saudit.so', init_config: { useAsync: false }, open_params: events },
    { name: 'json', library_path: 'libjson.so', init_config: { useAsync: false } },
  ],
  json_output: true,
  stdout_output: { enabled: false },
  file_output: { enabled: true, filename: alerts },
})

/** Of a line such as `0m14.812s 0m0.300s`: user and system together. */
const cpuSeconds = (line: string): number | undefined => {
  const parts = [...line.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
  )
  const [user, system] = parts
  return parts.length === 2 && user !== undefined && system !== undefined && user + system > 0
    ? user + system
    : undefined
}
