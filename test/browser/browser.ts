/** A real Chromium, the built page, and the fixture it talks to: what every browser test starts from. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
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

/** A page on a fixture, with everything that went wrong in it. */
export interface Opened {
  readonly page: Page
  readonly fixture: Fixture
  /** Errors of scripts, messages of the console (a broken content security policy among them), requests elsewhere. */
  readonly faults: string[]
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
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    ...options.context,
  })
  const page = await context.newPage()
  const faults = faultsOf(page, fixture.url)
  await page.goto(fixture.url + options.path)
  await page.locator('h1').waitFor()
  return {
    page,
    fixture,
    faults,
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
