import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { axe, goTo, inBrowser, skip } from './browser.ts'
import { hostileTexts } from './fixture-data.ts'

describe('cases with the keyboard alone', { skip, timeout: 1_800_000 }, () => {
  const { open } = inBrowser()

  test('twenty cases are worked through: closed, taken, snoozed, merged, opened; and the last is undone', async () => {
    await using opened = await open({ path: '/' })
    const { page, fixture, faults } = opened
    const { keyboard } = page
    const stateOf = (state: string): number =>
      fixture.cases.all().filter((one) => one.state === state && one.mergedInto === undefined).length
    const done = async (text: RegExp): Promise<void> => page.getByRole('status').filter({ hasText: text }).waitFor()
    const openCount = async (value: number): Promise<void> =>
      page.getByRole('button', { name: `Open ${value}`, exact: true }).waitFor()

    await goTo(page, 'c', 'Cases')
    await openCount(24)
    await keyboard.press('j')

    // The name is asked for once, at the first change.
    await keyboard.press('e')
    await page.getByRole('dialog', { name: 'Why is it closed?' }).waitFor()
    await keyboard.press('3')
    await page.getByRole('dialog', { name: 'Who are you?' }).waitFor()
    await keyboard.type('erin')
    await keyboard.press('Enter')
    await done(/Closed: expected/)
    await openCount(23)

    // Fifteen more, each with a reason; the next row is in hand by itself.
    for (let n = 0; n < 15; n += 1) {
      await keyboard.press('e')
      await page.getByRole('dialog', { name: 'Why is it closed?' }).waitFor()
      await keyboard.press(String((n % 4) + 1))
      await openCount(22 - n)
    }
    assert.equal(stateOf('closed'), 16)

    await keyboard.press('a')
    await done(/It is yours/)
    assert.equal(fixture.cases.all().filter(({ owner }) => owner === 'erin').length, 1)

    await keyboard.press('j')
    await keyboard.press('h')
    await page.getByRole('dialog', { name: 'Until when?' }).waitFor()
    await keyboard.press('Enter')
    await done(/Snoozed/)
    await openCount(7)
    assert.equal(stateOf('snoozed'), 1)

    // Two are chosen and merged.
    await keyboard.press('x')
    await keyboard.press('x')
    await page.getByRole('button', { name: /2 cases chosen/ }).waitFor()
    await keyboard.press('m')
    await done(/2 cases merged/)
    await openCount(6)

    await keyboard.press('e')
    await page.getByRole('dialog', { name: 'Why is it closed?' }).waitFor()
    await keyboard.press('1')
    await done(/Closed: mended/)
    await openCount(5)
    await keyboard.press('z')
    await done(/Undone/)
    await openCount(6)

    // One is looked into, step by step, and the way back.
    await keyboard.press('j')
    await keyboard.press('Enter')
    await page.getByRole('heading', { name: 'What happened, in order' }).waitFor()
    await keyboard.press('j')
    await keyboard.press('Enter')
    await page.getByRole('link', { name: 'Show in Events' }).waitFor()
    assert.deepEqual(await axe(page), [])
    await keyboard.press('Escape')
    await page.getByRole('heading', { level: 1, name: 'Cases' }).waitFor()
    assert.deepEqual(faults, [])
  })

  test('texts of an attacker are texts, and a case that is not there is told', async () => {
    await using opened = await open({ path: '/cases', scenario: { hostile: true } })
    await opened.page.getByText(hostileTexts[0]).first().waitFor()
    assert.equal(await opened.page.locator('main img').count(), 0)
    await opened.page.goto(`${opened.fixture.url}/cases/none`)
    await opened.page.getByText('There is no such case.').waitFor()
    assert.deepEqual(opened.faults, [])
  })

  test('nothing can be changed while the past is looked at', async () => {
    await using opened = await open({ path: '/cases?at=2026-11-23T14:03:00Z' })
    const { page } = opened
    await page.getByRole('button', { name: 'Open 24', exact: true }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('e')
    assert.equal(await page.getByRole('dialog').count(), 0)
  })

  test('no case in a state says that nothing happened', async () => {
    await using opened = await open({ path: '/cases?state=closed' })
    await opened.page.getByText('Nothing happened').waitFor()
    assert.deepEqual(await axe(opened.page), [])
  })
})
