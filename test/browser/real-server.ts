/** The real server on a little recording, with somebody signed in at its page. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext } from 'playwright-core'
import { build } from 'vite'
import { bulwark, type Home, makeHome, type Running } from '../server/process.ts'
import { littleRecording } from '../server/recording.ts'
import { newContext, startBrowser } from './browser.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface RealServer {
  readonly browser: Browser
  /** Of the one who is signed in. */
  readonly context: BrowserContext
  readonly origin: string
}

interface Options {
  /** Files to lie where the server is started, by name. */
  readonly files?: Readonly<Record<string, string>>
  /** What the server is started with, besides the recording. */
  readonly args?: readonly string[]
}

/** Called in a suite: starts server and browser and signs in before its tests, and ends both after them. */
export const inRealServer = ({ files = {}, args = [] }: Options = {}): (() => RealServer) => {
  let home: Home
  let server: Running
  let browser: Browser
  let real: RealServer
  before(async () => {
    // `npm test` has built the page before; alone, a file does it itself.
    if (!existsSync(join(root, 'dist', 'web', 'index.html'))) {
      await build({ configFile: join(root, 'src', 'web', 'vite.config.ts'), logLevel: 'error' })
    }
    home = makeHome()
    const recording = join(home.dir, 'little.jsonl.zst')
    await littleRecording(recording, 200)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(home.dir, name), text)
    const fixed = ['serve', '--recording', recording, '--listen', '127.0.0.1:0', '--rule-sets', 'none']
    server = bulwark(home, [...fixed, ...args])
    const [, link = ''] = await server.until(/Open (http:\/\/\S+)/)
    browser = await startBrowser()
    const context = await newContext(browser)
    const page = await context.newPage()
    await page.goto(link)
    const confirm = page.getByRole('button')
    await confirm.or(page.getByRole('navigation')).first().waitFor()
    if (new URL(page.url()).pathname === '/login') await confirm.click()
    await page.getByText('20 workloads').waitFor()
    await page.close()
    real = { browser, context, origin: new URL(link).origin }
  })
  after(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
    home?.[Symbol.dispose]()
  })
  return () => real
}
