// The page: how much is loaded first, when useful content is there on the recording that ships, and how a million rows scroll.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { buildPage, skip, startBrowser } from '../browser/browser.ts'
import { startFixture } from '../browser/fixture-server.ts'
import { bulwark, eventually, makeHome, served } from '../server/process.ts'
import { type Bench, runBench } from './report.ts'

const recording = join(import.meta.dirname, '..', '..', 'recordings', 'shop.jsonl.zst')
const runs = 5

type Report = Parameters<Bench>[0]

const bench: Bench = async (report) => {
  await using built = await buildPage()
  await weight(built.dir, report)
  if (skip) {
    console.error(`no browser figures: ${skip}`)
    return
  }
  const browser = await startBrowser()
  try {
    await firstContent(browser, report)
    await scrolling(browser, built.dir, report)
  } finally {
    await browser.close()
  }
}

const weight = async (dir: string, report: Report): Promise<void> => {
  const html = await readFile(join(dir, 'index.html'), 'utf8')
  const files = await readdir(join(dir, 'assets'))
  const sizes = await Promise.all(
    files.map(async (file) => ({ file, bytes: gzipSync(await readFile(join(dir, 'assets', file))).length })),
  )
  const sum = (wanted: (file: string) => boolean): number =>
    sizes.filter(({ file }) => wanted(file)).reduce((total, { bytes }) => total + bytes, 0) / 1000
  const first = (file: string): boolean => html.includes(file)
  report({
    name: 'script loaded first, gzipped',
    value: sum((file) => first(file) && file.endsWith('.js')),
    unit: 'KB',
    gate: { atMost: 250 },
  })
  report({ name: 'all scripts and styles, gzipped', value: sum(() => true), unit: 'KB' })
}

/** A signed-in browser on the real server, each time with an empty cache. */
const firstContent = async (browser: Browser, report: Report): Promise<void> => {
  using home = makeHome()
  await using running = bulwark(home, ['serve', '--recording', recording, '--listen', '127.0.0.1:0'])
  const server = await served(home, running)
  await eventually(
    () => server.get('/api/v1/sources'),
    ({ items }) => JSON.stringify(items).includes('"ended"'),
  )
  const [link = ''] = running.stdout().match(/http:\/\/\S+\/login\S*/) ?? []
  const signIn = await browser.newContext()
  const page = await signIn.newPage()
  await page.goto(link)
  const confirm = page.getByRole('button')
  await confirm.or(page.getByRole('navigation')).first().waitFor()
  if (new URL(page.url()).pathname === '/login') await confirm.click()
  await page.getByRole('navigation').waitFor()
  const storageState = await signIn.storageState()
  await signIn.close()
  for (const [name, path, content] of [
    ['Now', '/', 'findings are critical or high'],
    ['Events', '/events', '403'],
  ] as const) {
    const times: number[] = []
    for (let run = 0; run < runs; run += 1) {
      const context = await browser.newContext({ storageState })
      const opened = await context.newPage()
      const began = performance.now()
      await opened.goto(server.url + path, { waitUntil: 'commit' })
      await opened.getByText(content).first().waitFor()
      times.push(performance.now() - began)
      await context.close()
    }
    const median = times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0
    report({
      name: `${name}: first useful content on the recording, median of ${runs}`,
      value: median,
      unit: 'ms',
      gate: { atMost: 1000 },
    })
  }
}

/** Ten rows a frame for 120 frames, over a record of a million rows. */
const scrolling = async (browser: Browser, dist: string, report: Report): Promise<void> => {
  await using fixture = await startFixture({ dist, events: 1_000_000 })
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(`${fixture.url}/events`)
  await page.getByRole('row').nth(5).waitFor()
  const frames: unknown = await page.evaluate(scroll)
  if (!Array.isArray(frames)) throw new Error('the page gave no frames')
  report({ name: 'a frame while scrolling, median', value: Number(frames[60]), unit: 'ms', gate: { atMost: 17 } })
  report({ name: 'a frame while scrolling, p95', value: Number(frames[114]), unit: 'ms' })
  await page.close()
}

const scroll = `(async () => {
  const scroller = document.querySelectorAll('[role=grid] [role=rowgroup]')[1]
  const times = []
  for (let frame = 0; frame < 120; frame += 1) {
    const start = performance.now()
    scroller.scrollBy({ top: 280 })
    await new Promise((resolve) => requestAnimationFrame(resolve))
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)
})()`

export default bench
await runBench(import.meta, bench)
