// npm run bench: every benchmark in a process of its own, as a table or as JSON. Figures, no verdicts: the exit code is 1
// only when a benchmark itself fails.
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type BenchRow, standing } from './report.ts'

const usage = `npm run bench -- [--json] [NAME…]

Runs the benchmarks whose file or folder begins with NAME (all of them without a name), one after the other.

  npm run bench                 all, as a table
  npm run bench -- recorder     one
  npm run bench -- engines      a folder
  npm run bench -- --json scan  JSON lines`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}

const found = globSync('**/*.bench.ts', { cwd: import.meta.dirname }).sort()
const chosen = found.filter(
  (file) =>
    positionals.length === 0 || positionals.some((name) => file.startsWith(name) || basename(file).startsWith(name)),
)
if (chosen.length === 0) {
  console.error(`no benchmark is named ${positionals.join(', ')}; there are:\n  ${found.join('\n  ')}`)
  process.exit(2)
}

const isRow = (value: unknown): value is BenchRow =>
  typeof value === 'object' &&
  value !== null &&
  typeof Reflect.get(value, 'name') === 'string' &&
  typeof Reflect.get(value, 'value') === 'number' &&
  typeof Reflect.get(value, 'unit') === 'string'

/** Resolves with the exit code; each line that is a row is shown at once, other lines go to the terminal as they are. */
const runOne = async (file: string): Promise<number> => {
  const child = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, file)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const code = new Promise<number>((resolve) => child.on('close', (exit) => resolve(exit ?? 1)))
  for await (const line of createInterface({ input: child.stdout })) show(file, line)
  return code
}

const show = (file: string, line: string): void => {
  const row = parseRow(line)
  if (row === undefined) console.error(line)
  else if (values.json) console.log(JSON.stringify({ bench: file, ...row }))
  else console.log(tableLine(row))
}

const parseRow = (line: string): BenchRow | undefined => {
  try {
    const value: unknown = JSON.parse(line)
    return isRow(value) ? value : undefined
  } catch {
    return undefined
  }
}

const figure = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))

const gateText = ({ gate }: BenchRow): string => {
  if (gate === undefined) return ''
  return 'atLeast' in gate ? `≥ ${figure(gate.atLeast)}` : `≤ ${figure(gate.atMost)}`
}

const tableLine = (row: BenchRow): string =>
  [
    row.name.padEnd(62),
    figure(row.value).padStart(12),
    row.unit.padEnd(9),
    gateText(row).padStart(11),
    standing(row).padEnd(8),
    row.note ?? '',
  ]
    .join(' ')
    .trimEnd()

let failed = 0
for (const file of chosen) {
  if (!values.json) console.log(`\n${file}`)
  const code = await runOne(file)
  if (code !== 0) {
    failed += 1
    console.error(`${file} ended with ${code}`)
  }
}
process.exitCode = failed === 0 ? 0 : 1
