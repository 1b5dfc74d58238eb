import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext } from 'playwright-core'
import { build } from 'vite'
import { bulwark, type Home, makeHome, type Running } from '../server/process.ts'
import { littleRecording } from '../server/recording.ts'
import { axe, faultsOf, skip, startBrowser } from './browser.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the page on a real server', { skip, timeout: 300_000 }, () => {
  let browser: Browser
  let home: Home
  let server: Running
  let origin: string
  let context: BrowserContext

  before(async () => {
    // `npm test` has built the page before; alone, this file does it itself.
    if (!existsSync(join(root, 'dist', 'web', 'index.html'))) {
      await build({ configFile: join(root, 'src', 'web', 'vite.config.ts'), logLevel: 'error' })
    }
    home = makeHome()
    const file = join(home.dir, 'little.jsonl.zst')
    await littleRecording(file, 200)
    server = bulwark(home, ['serve', '--recording', file, '--listen', '127.0.0.1:0'])
    const [, link = ''] = await server.until(/Open (http:\/\/\S+)/)
    origin = new URL(link).origin
    browser = await startBrowser()
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    await page.goto(link)
    const confirm = page.getByRole('button')
    await confirm.or(page.getByRole('navigation')).first().waitFor()
    if (new URL(page.url()).pathname === '/login') await confirm.click()
    await page.getByText('20 workloads').waitFor()
    await page.close()
  })
  after(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
    home?.[Symbol.dispose]()
  })

  for (const [path, shows] of [
    ['/', '1 finding is critical or high'],
    ['/events', '200 match'],
    ['/events?q=decision:forbid', '20 match'],
    ['/workloads', '20 workloads'],
    ['/workloads?open=/Pod/shop/web-7', 'What keeps it from baseline'],
    ['/object/-/Pod/shop/web-7', 'No request in the record made this version.'],
    ['/sources', 'was replayed whole'],
  ] as const) {
    test(`${path} shows: ${shows}`, async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await context.newPage()
        const faults = faultsOf(page, origin)
        await page.emulateMedia({ colorScheme })
        await page.goto(origin + path)
        await page.getByText(shows).first().waitFor()
        await page.getByText('This is a recording, not your cluster').waitFor()
        assert.deepEqual(await axe(page), [])
        assert.deepEqual(faults, [])
        await page.close()
      }
    })
  }

  test('a row is opened, its object as of then, and the way back to live', async () => {
    const page = await context.newPage()
    const faults = faultsOf(page, origin)
    await page.goto(`${origin}/events?q=decision:forbid`)
    await page.getByRole('row').nth(2).click()
    await page.getByText('"auditID"').waitFor()
    await page.getByRole('link', { name: 'Cluster as of this moment' }).click()
    await page.getByText('Nothing can be changed from here').waitFor()
    await page.getByRole('button', { name: 'Back to live' }).click()
    await page.getByText('Nothing can be changed from here').waitFor({ state: 'detached' })
    assert.deepEqual(faults, [])
    await page.close()
  })

  test('without the link there is only the way to get one', async () => {
    const stranger = await browser.newContext()
    const page = await stranger.newPage()
    await page.goto(`${origin}/events`)
    await page.getByRole('heading', { name: 'Sign in by the link' }).waitFor()
    assert.equal(await page.getByRole('navigation').count(), 0)
    await stranger.close()
  })
})
