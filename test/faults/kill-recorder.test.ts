import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openRecorder } from '../../src/recorder/index.ts'
import { parseAudit } from '../../src/sources/audit/index.ts'

const kills = Number(process.env.BULWARK_KILLS ?? 20)
const seed = Number(process.env.BULWARK_SEED ?? Date.now() % 2 ** 31)

const dir = mkdtempSync(join(tmpdir(), 'bulwark-kill-'))
const children = new Set<ChildProcess>()
after(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

const child = (
  mode: string,
  run: number,
  onLine: (line: string) => void,
): { process: ChildProcess; ended: Promise<number | null> } => {
  const program = join(import.meta.dirname, 'recorder-child.ts')
  const started = spawn(process.execPath, [program, dir, mode, String(run)], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(started)
  let rest = ''
  started.stdout.on('data', (chunk) => {
    const lines = `${rest}${chunk}`.split('\n')
    // A line without an end was being written at the kill: the batch may be acknowledged, or not.
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  const ended = new Promise<number | null>((resolve) => {
    started.on('close', (code) => {
      children.delete(started)
      resolve(code)
    })
  })
  return { process: started, ended }
}

/** mulberry32: numbers from 0 to 1 that a seed repeats. */
const randomNumbers = (start: number) => {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What a store that knows its tokens would have. */
const storedIds = (): string[] => {
  const blocks = new Map<string, readonly string[]>()
  for (const line of readFileSync(join(dir, 'store.jsonl'), 'utf8').split('\n')) {
    if (!line.endsWith('}')) continue
    const { token, ids } = JSON.parse(line)
    const known = blocks.get(token)
    // The same token means the same rows; that is what lets a store leave out the second.
    if (known) assert.deepEqual(ids, known, token)
    blocks.set(token, ids)
  }
  return [...blocks.values()].flat()
}

test(`after ${kills} kills -9 under load, every acknowledged event is stored, and each once`, {
  timeout: 1_200_000,
}, async (t) => {
  t.diagnostic(`BULWARK_SEED=${seed}`)
  const random = randomNumbers(seed)
  const acknowledged: string[] = []
  for (let run = 0; run < kills; run++) {
    let lines = 0
    const load = child('load', run, (line) => {
      lines++
      acknowledged.push(...line.split(' '))
    })
    const enough = 1 + Math.floor(random() * 60)
    const deadline = performance.now() + 120_000
    while (lines < enough && performance.now() < deadline) await wait(1)
    assert.ok(lines >= enough, 'the recorder takes batches again after a kill')
    await wait(random() * 30)
    load.process.kill('SIGKILL')
    await load.ended
  }
  const drain = child('drain', kills, () => undefined)
  assert.equal(await drain.ended, 0)

  const stored = storedIds().filter((id) => id !== 'gap')
  const set = new Set(stored)
  t.diagnostic(`${acknowledged.length} acknowledged, ${set.size} stored`)
  assert.deepEqual(
    acknowledged.filter((id) => !set.has(id)),
    [],
  )
  assert.equal(stored.length, set.size)
})

test('a second process on the same data directory refuses at once and names the first', async () => {
  await using recorder = await openRecorder({ dir: join(dir, 'second'), parsers: { audit: parseAudit } })
  assert.equal(
    await recorder.append({ stream: 'gaps', source: '', cluster: '', receivedAt: 1, payload: Buffer.from('') }),
    1,
  )
  const program = join(import.meta.dirname, 'recorder-child.ts')
  const second = spawn(process.execPath, [program, join(dir, 'second'), 'drain', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.add(second)
  let told = ''
  second.stderr.on('data', (chunk) => {
    told += chunk
  })
  const code = await new Promise((resolve) => second.on('close', resolve))
  assert.equal(code, 1)
  assert.match(told, new RegExp(`another Bulwark \\(pid ${process.pid} on .*\\) uses the data directory`))
})
