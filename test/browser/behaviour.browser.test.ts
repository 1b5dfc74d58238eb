import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { becomes, goTo, inBrowser, skip } from './browser.ts'

describe('what the pages do', { skip, timeout: 1_800_000 }, () => {
  const { open } = inBrowser()

  test('a person with a keyboard alone finds a refused request, looks at it, and goes on to the object', async () => {
    await using opened = await open({ path: '/' })
    const { page } = opened
    // The page before has rows too.
    await goTo(page, 'e', 'Events')
    await page.getByRole('row').nth(3).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('decision:forbid')
    await page.keyboard.press('Enter')
    await page.getByText('133 match').waitFor()
    // The count and the rows are two answers.
    await page.getByRole('row').nth(1).getByText('403').waitFor()
    assert.equal(searchOf(page).get('q'), 'decision:forbid')
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await page.keyboard.press('Enter')
    await page.getByText('The whole record').waitFor()
    const first = searchOf(page).get('row')
    await page.keyboard.press('j')
    await page.waitForURL((url) => url.searchParams.get('row') !== first)
    await page.keyboard.press('Escape')
    await page.getByText('The whole record').waitFor({ state: 'detached' })
    await page.keyboard.press('Control+k')
    await page.keyboard.type('checkout')
    await page.getByRole('option', { name: /shop\/checkout/, selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'checkout' }).waitFor()
    await page.getByText('Made by').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.searchParams.has('v'))
    await goTo(page, 'w', 'Workloads')
    await page.getByRole('button', { name: /runner/ }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByText('Detail of the workload').first().waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' })
    assert.deepEqual(opened.faults, [])
  })

  test('a link opens the same state in a clean browser', async () => {
    for (const path of [
      '/events?q=decision:forbid&split=verb&row=e600&from=2026-11-23T17:00:00Z&to=2099-01-01T00:00:00Z',
      '/workloads?ns=shop&level=baseline&open=apps/Deployment/shop/checkout',
      '/object/apps/Deployment/shop/web?v=Deployment.shop.web.4',
    ]) {
      const seen: string[] = []
      for (let time = 0; time < 2; time += 1) {
        await using opened = await open({
          path,
          scenario: { nowMillis: Date.parse('2026-11-23T18:00:00Z') },
        })
        await opened.page
          .getByText(/The whole record|What would mend it|Made by/)
          .first()
          .waitFor()
        await opened.page
          .getByText('equal lines')
          .or(opened.page.getByText('"auditID"'))
          .or(opened.page.getByText('kubectl'))
          .first()
          .waitFor()
        await opened.loaded()
        seen.push(stable((await opened.page.locator('main').textContent()) ?? ''))
      }
      assert.equal(seen[0], seen[1], path)
    }
  })

  test('a click on a value edits the query, and the query marks the value', async () => {
    await using opened = await open({ path: '/events' })
    const { page } = opened
    const facets = page.getByRole('region', { name: 'Narrow down' })
    await facets.getByRole('button', { name: /^secrets/ }).click()
    await page.waitForURL((url) => url.searchParams.has('q'))
    assert.equal(searchOf(page).get('q'), 'resource:secrets')
    // The page follows its address.
    const query = page.getByRole('combobox', { name: 'Query' })
    await becomes(() => query.inputValue(), 'resource:secrets')
    await becomes(() => facets.getByRole('button', { name: /^secrets/ }).getAttribute('aria-pressed'), 'true')
    await facets.getByRole('button', { name: /^secrets/ }).click()
    await page.waitForURL((url) => !url.searchParams.has('q'))
    await becomes(() => query.inputValue(), '')
  })

  test('the query completes fields and values, and marks the character at fault', async () => {
    await using opened = await open({ path: '/events' })
    const { page } = opened
    const query = page.getByRole('combobox', { name: 'Query' })
    await query.fill('ver')
    await page.getByRole('option', { name: /^verb:/ }).waitFor()
    await query.press('ArrowDown')
    await query.press('Enter')
    await becomes(() => query.inputValue(), 'verb:')
    await page.getByRole('option', { name: /^delete/ }).click()
    await becomes(() => query.inputValue(), 'verb:delete ')
    await query.fill('nosuchfield:x (')
    await query.press('Enter')
    await page.getByRole('alert').first().waitFor()
    assert.match((await page.getByRole('alert').first().textContent()) ?? '', /character \d+/)
    assert.equal(searchOf(page).get('q'), null)
  })

  test('the live tail shows new rows on top, and holds them back while somebody reads', async () => {
    await using opened = await open({ path: '/events' })
    const { page, fixture } = opened
    await page.getByRole('row').nth(5).waitFor()
    await becomes(async () => fixture.isTailed(), true)
    const row = { ...fixture.data.eventAt(0), id: 'new1', user: 'mallory', time: fixture.data.status.now }
    fixture.send(row)
    await page.getByText('mallory').first().waitFor()
    await page
      .locator('[role=grid] [role=rowgroup]')
      .nth(1)
      .evaluate((element) => element.scrollTo({ top: 2000 }))
    await page.getByText('mallory').first().waitFor({ state: 'detached' })
    fixture.send({ ...row, id: 'new2', user: 'trudy' })
    fixture.send({ ...row, id: 'new3', user: 'trudy' })
    await page.getByRole('button', { name: /2 new rows held back/ }).click()
    await page.getByText('trudy').first().waitFor()
    await page.getByRole('button', { name: 'Tailing' }).click()
    await page.getByRole('button', { name: 'Paused' }).waitFor()
  })

  test('in the past nothing can be changed, and one click leads back', async () => {
    await using opened = await open({ path: '/sources?at=2026-11-23T14:03:00Z' })
    const { page } = opened
    await page.getByText('Nothing can be changed from here').waitFor()
    assert.equal(await page.getByRole('button', { name: /^Test/ }).first().isDisabled(), true)
    await page.getByRole('link', { name: 'Workloads' }).click()
    await page.getByRole('heading', { level: 1, name: 'Workloads' }).waitFor()
    assert.equal(searchOf(page).get('at'), '2026-11-23T14:03:00.000000Z')
    await page.getByRole('button', { name: 'Back to live' }).click()
    await page.getByText('Nothing can be changed from here').waitFor({ state: 'detached' })
    assert.equal(searchOf(page).get('at'), null)
  })

  test('a range is brushed on the chart with the mouse and with the keys', async () => {
    await using opened = await open({ path: '/events' })
    const { page } = opened
    // What comes later moves what stands below it.
    await opened.loaded()
    const chart = page.getByRole('slider')
    const box = await chart.boundingBox()
    assert.ok(box)
    await page.mouse.move(box.x + box.width * 0.6, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.8, box.y + 20, { steps: 4 })
    await page.mouse.up()
    await page.waitForURL((url) => url.searchParams.has('from') && url.searchParams.has('to'))
    await page.goBack()
    await page.waitForURL((url) => !url.searchParams.has('from'))
    await chart.focus()
    for (const key of ['ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowLeft', 'Enter']) await page.keyboard.press(key)
    await page.waitForURL((url) => url.searchParams.has('from'))
  })

  test('a source is tested, and a fault comes with its mending', async () => {
    await using opened = await open({ path: '/sources' })
    const { page } = opened
    await page.getByRole('button', { name: 'Test cluster' }).click()
    await page.getByText('The test found a fault.').waitFor()
    await page.getByText('kubectl auth can-i list secrets').waitFor()
    await page.getByRole('button', { name: 'Test audit-webhook' }).click()
    await page.getByText('The test passed.').waitFor()
  })

  test('a view is saved under a name and opened from the palette', async () => {
    await using opened = await open({ path: '/events?q=decision:forbid' })
    const { page } = opened
    await page.keyboard.press('Control+k')
    await page.keyboard.type('save this')
    await page.getByRole('option', { name: 'Save this view' }).waitFor()
    await page.getByRole('option', { name: 'Save this view' }).click()
    await page.getByRole('textbox', { name: 'Name of the view' }).fill('refused ones')
    await page.keyboard.press('Enter')
    await goTo(page, 'n', 'Now')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('refused')
    await page.getByRole('option', { name: 'refused ones', exact: true }).click()
    await page.waitForURL((url) => url.searchParams.has('q'))
    assert.equal(searchOf(page).get('q'), 'decision:forbid')
  })

  test('a million rows scroll', async (context) => {
    await using opened = await open({ path: '/events', scenario: { events: 1_000_000 } })
    const { page } = opened
    await page.getByRole('row').nth(5).waitFor()
    const frames: unknown = await page.evaluate(scrollThrough)
    assert.ok(Array.isArray(frames))
    context.diagnostic(`frame p50 ${frames[60]} ms, p95 ${frames[114]} ms`)
    assert.ok((await page.getByRole('row').count()) < 120, 'only rows that are seen are drawn')
    assert.deepEqual(opened.faults, [])
  })
})

/** Scrolls ten rows a frame for two seconds and gives the sorted times of the frames; runs in the page. */
const scrollThrough = `(async () => {
  const scroller = document.querySelectorAll('[role=grid] [role=rowgroup]')[1]
  const times = []
  for (let frame = 0; frame < 120; frame += 1) {
    const start = performance.now()
    scroller.scrollBy({ top: 280 })
    await new Promise((resolve) => requestAnimationFrame(resolve))
    times.push(Math.round((performance.now() - start) * 10) / 10)
  }
  return times.sort((a, b) => a - b)
})()`

const searchOf = (page: Page): URLSearchParams => new URL(page.url()).searchParams

/** Without what tells how long ago something was. */
const stable = (text: string): string => text.replaceAll(/fresh .*|\d+(\.\d+)? (ms|s|min|h|d) ago|just now/g, '')
