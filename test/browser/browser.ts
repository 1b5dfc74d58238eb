/** A real Chromium, the built page, and the fixture it talks to: what every browser test starts from. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { AxeBuilder } from '@axe-core/playwright'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
  type Request,
} from 'playwright-core'
import { build } from 'vite'
import type { Scenario } from './fixture-data.ts'
import { type Fixture, startFixture } from './fixture-server.ts'

const executable = [
  process.env.BULWARK_CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path))

/** The reason to skip browser tests on this machine, false when there is none. */
export const skip: string | false = executable === undefined && 'Chromium is not installed (apt-get install chromium)'

/** Builds the page as `npm run web` does, into a folder of its own. */
export const buildPage = async (): Promise<{
  readonly dir: string
  readonly [Symbol.asyncDispose]: () => Promise<void>
}> => {
  const dir = await mkdtemp(join(tmpdir(), 'bulwark-web-'))
  await build({
    configFile: fileURLToPath(new URL('../../src/web/vite.config.ts', import.meta.url)),
    logLevel: 'error',
    build: { outDir: dir, emptyOutDir: true },
  })
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}

/** Starts the browser without anything that it does in the network by itself. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: executable ?? '',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

/** What a page is given for anything at all, in milliseconds: it ends a hang on a machine that is busy, and measures nothing. */
const patience = 240_000

/** What a test waits in for all that its pages do. */
export const newContext = async (browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  context.setDefaultTimeout(patience)
  return context
}

/** A page on a fixture, with everything that went wrong in it. */
export interface Opened {
  readonly page: Page
  readonly fixture: Fixture
  /** Errors of scripts, messages of the console (a broken content security policy among them), requests elsewhere. */
  readonly faults: string[]
  /** Resolves when the page has all answers that it asked for, and asks for no more. */
  readonly loaded: () => Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

interface OpenOptions {
  readonly path: string
  readonly scenario?: Partial<Scenario>
  readonly signedIn?: boolean
  readonly context?: BrowserContextOptions
}

const open = async (browser: Browser, dist: string, options: OpenOptions): Promise<Opened> => {
  const fixture = await startFixture({ dist, signedIn: options.signedIn ?? true, ...options.scenario })
  const context = await newContext(browser, { timezoneId: 'Europe/Berlin', locale: 'en-GB', ...options.context })
  const page = await context.newPage()
  const faults = faultsOf(page, fixture.url)
  const loaded = loadingOf(page)
  await page.goto(fixture.url + options.path)
  await page.locator('h1').waitFor()
  return {
    page,
    fixture,
    faults,
    loaded,
    [Symbol.asyncDispose]: async () => {
      await context.close()
      await fixture[Symbol.asyncDispose]()
    },
  }
}

/** Called in a suite: builds the page and starts a browser before its tests, and ends both after them. */
export const inBrowser = (): {
  /** Opens a path in a clean context and waits until the page shows its title. */
  readonly open: (options: OpenOptions) => Promise<Opened>
  /** The folder of the built page. */
  readonly dist: () => string
} => {
  let browser: Browser
  let built: Awaited<ReturnType<typeof buildPage>>
  before(async () => {
    built = await buildPage()
    browser = await startBrowser()
  })
  after(async () => {
    await browser?.close()
    await built?.[Symbol.asyncDispose]()
  })
  return { open: (options) => open(browser, built.dir, options), dist: () => built.dir }
}

/** Follows what a page asks for from now on. Streams go on for ever, and are not waited for. */
const loadingOf = (page: Page): (() => Promise<void>) => {
  const unanswered = new Set<Request>()
  page.on('request', (request) => {
    if (request.resourceType() !== 'eventsource') unanswered.add(request)
  })
  page.on('requestfinished', (request) => unanswered.delete(request))
  page.on('requestfailed', (request) => unanswered.delete(request))
  return async () => {
    const end = Date.now() + patience
    // What an answer leads to is drawn, and asked for, within a frame or two.
    for (let quiet = 0; quiet < 5; quiet = unanswered.size === 0 ? quiet + 1 : 0) {
      const urls = [...unanswered].map((request) => request.url())
      assert.ok(Date.now() < end, `no answer to ${urls.join(', ')}`)
      await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))')
    }
  }
}

/** Asks until the answer is the expected one, for what is done shows a moment later; fails with the answer at last. */
export const becomes = async <T>(
  ask: () => Promise<T>,
  expected: T,
  message = 'it stayed otherwise',
): Promise<void> => {
  const end = Date.now() + patience
  for (;;) {
    const answer = await ask()
    if (isDeepStrictEqual(answer, expected)) return
    if (Date.now() > end) assert.deepEqual(answer, expected, message)
    await wait(50)
  }
}

/**
 * Goes to a page by its two keys. They are pressed together: a `g` waits only a moment for its letter, and a machine that is
 * busy may take longer than that for one of them.
 */
export const goTo = async (page: Page, letter: string, title: string): Promise<void> => {
  await Promise.all([page.keyboard.press('g'), page.keyboard.press(letter)])
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
}

/** Everything that goes wrong in a page from now on; it may ask nobody but `origin`. */
export const faultsOf = (page: Page, origin: string): string[] => {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`))
  page.on('console', (message) => {
    // A refused answer is told to the console by the browser itself; the page shows it, and tests look there.
    if (['error', 'warning'].includes(message.type()) && !/^Failed to load resource/.test(message.text())) {
      faults.push(`console: ${message.text()}`)
    }
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
      faults.push(`request: ${request.url()}`)
  })
  return faults
}

/** What axe finds on the page as it is, as readable lines: rule, element, how to mend it. */
export const axe = async (page: Page): Promise<readonly string[]> => {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
  )
}

/** Every page, with the text by which it is known to be there. */
export const places = [
  { path: '/', shows: 'The record' },
  { path: '/cases', shows: 'ci/deployer' },
  { path: '/cases/c0001?step=c0001-s1', shows: 'Show in Events' },
  { path: '/events', shows: 'To what' },
  { path: '/events?q=decision:forbid&row=e600', shows: 'The whole record' },
  { path: '/workloads', shows: 'checkout' },
  { path: '/workloads?open=apps/Deployment/shop/checkout', shows: 'What would mend it' },
  { path: '/object/apps/Deployment/shop/web', shows: 'Made by' },
  { path: '/sources', shows: 'Connect another source' },
  { path: '/rules', shows: 'All Secrets of the cluster were listed by hand' },
  { path: '/rules?rule=d0865f66-596c-474f-a088-e7bfb2241403', shows: 'Why it matters' },
  { path: '/rules/edit?rule=d0865f66-596c-474f-a088-e7bfb2241403', shows: 'read, without a fault' },
  { path: '/suppressions', shows: 'backup-reads-secrets' },
  { path: '/suppressions?open=page-everything-in-dev', shows: 'it hides 94 % of all detections' },
  { path: '/suppressions?case=c1', shows: 'Filled in from the case' },
  { path: '/coverage', shows: 'fire or could fire' },
  { path: '/coverage?view=techniques', shows: 'All techniques of the Threat matrix' },
  { path: '/outputs', shows: 'security-channel' },
] as const
