import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { axe, becomes, goTo, inBrowser, skip } from './browser.ts'

const listed = 'd0865f66-596c-474f-a088-e7bfb2241403'

describe('rules, suppressions and coverage in a browser', { skip, timeout: 1_800_000 }, () => {
  const { open } = inBrowser()

  /** Somebody whose name is known already. */
  const named = async (path: string, scenario = {}) => {
    const opened = await open({ path: '/', scenario })
    await opened.page.evaluate("localStorage.setItem('bulwark.name', 'alice')")
    await opened.page.goto(opened.fixture.url + path)
    await opened.page.locator('h1').waitFor()
    return opened
  }

  test('a person with a keyboard alone finds a rule, reads it, and goes on to each of the places', async () => {
    await using opened = await open({ path: '/' })
    const { page } = opened
    await goTo(page, 'r', 'Rules')
    await page.getByRole('button', { name: 'All Secrets of the cluster were listed by hand' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('listed by hand')
    await page.getByText(/^1 of \d+$/).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByText('Why it matters').waitFor()
    assert.equal(searchOf(page).get('rule'), listed)
    await page.getByText('objectRef.namespace: null').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Why it matters').waitFor({ state: 'detached' })
    for (const [key, title] of [
      ['u', 'Suppressions'],
      ['v', 'Coverage'],
      ['o', 'Outputs'],
    ] as const) {
      await goTo(page, key, title)
    }
    await page.keyboard.press('Control+k')
    await page.keyboard.type('rules')
    await page.getByRole('option', { name: 'Rules', selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Rules' }).waitFor()
    assert.deepEqual(opened.faults, [])
  })

  test('a file that was not taken is named with its place and the way to mend it', async () => {
    await using opened = await open({ path: '/rules' })
    const { page } = opened
    await page.getByText('/etc/bulwark/rules/payments.yml:14:3').waitFor()
    await page.getByText('did you mean "selection"?').waitFor()
  })

  test('a rule is switched off by somebody who is asked for a name once, and back on by undo', async () => {
    await using opened = await open({ path: `/rules?rule=${listed}&q=listed+by+hand` })
    const { page, fixture } = opened
    const control = page.getByRole('switch', { name: /^On: All Secrets/ }).first()
    await control.click()
    await page.getByRole('textbox', { name: 'Your name' }).fill('alice')
    await page.keyboard.press('Enter')
    await page.locator('[role=switch][aria-checked=false]').first().waitFor()
    await page.getByText(/^Off: All Secrets/).waitFor()
    await page.keyboard.press('z')
    await page.locator('[role=switch][aria-checked=true]').first().waitFor()
    assert.deepEqual(fixture.detection.asked, [
      { method: 'POST', path: `rules/${listed}/switch`, body: { enabled: false, by: 'alice' } },
      { method: 'POST', path: `rules/${listed}/switch`, body: { enabled: true, by: 'alice' } },
    ])
  })

  test('a rule with a fault is marked at its line, cannot be saved, and can once it is mended', async () => {
    await using opened = await named('/rules/edit')
    const { page, fixture } = opened
    await page.getByText('1 rule read, without a fault').waitFor()
    const editor = page.getByRole('textbox', { name: 'Text of the rule' })
    await editor.click()
    await page.keyboard.press('Control+End')
    // The last line is `level: medium`; the empty one after it is where the cursor is.
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('End')
    await page.keyboard.type('ish')
    await page.getByText('1 fault').waitFor()
    // The text is read again where somebody who types rests for a moment.
    await becomes(() => page.locator('.cm-lintRange-error').textContent(), 'mediumish')
    const fault = page.getByRole('button', { name: /^line 21/ })
    await fault.waitFor()
    await page.getByText('Mend the faults first.').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled(), true)
    assert.deepEqual(await axe(page), [])
    await editor.click()
    await page.keyboard.press('Control+End')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('End')
    for (let letter = 0; letter < 3; letter += 1) await page.keyboard.press('Backspace')
    await page.getByText('1 rule read, without a fault').waitFor()
    await page.getByText('never replayed on the record').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Saved as what-happened-in-words-for-a-person').waitFor()
    const put = fixture.detection.asked.find(({ method }) => method === 'PUT')
    assert.equal(put?.path, 'saved-rules/what-happened-in-words-for-a-person')
    await page.getByText('Detail of the rule').first().waitFor()
    assert.deepEqual(opened.faults, [])
  })

  test('while a rule is written, letters are letters, and keys of Sigma are completed', async () => {
    await using opened = await named('/rules/edit')
    const { page } = opened
    await page.getByText('1 rule read, without a fault').waitFor()
    await page.getByRole('textbox', { name: 'Text of the rule' }).click()
    await page.keyboard.press('Control+a')
    // Of these, g, e, s, z and / mean something elsewhere on the page.
    await page.keyboard.type('title: ge sz/?\nlev')
    await page.getByRole('option', { name: /^level/ }).waitFor()
    // CodeMirror takes no completion within 75 ms of showing it, so that nobody takes one by accident.
    await page.waitForFunction(
      "document.querySelector('main .h-full')?.shadowRoot.querySelector('.cm-tooltip-autocomplete [aria-selected]')",
    )
    await page.waitForTimeout(120)
    await page.keyboard.press('Enter')
    await page.keyboard.type('hi')
    await page.getByRole('option', { name: /^high/ }).waitFor()
    assert.match((await page.locator('.cm-content').textContent()) ?? '', /title: ge sz\/\?level: hi/)
    assert.equal(new URL(page.url()).pathname, '/rules/edit')
  })

  test('a copy is replayed beside the rule it was made of, and again when the text settles', async () => {
    await using opened = await named(`/rules/edit?rule=${listed}&run=1`)
    const { page, fixture } = opened
    await page.getByText('It fires 208 times; as it runs now, 260 times.').waitFor()
    await page.getByText('replayed', { exact: true }).waitFor()
    await page.getByText('no event has objectRef.subresource "attach"').waitFor()
    await page.getByText('Replayed: it would have fired 208 times.').waitFor()
    const sample = page.getByRole('link', { name: /created pods\/exec/ }).first()
    assert.match((await sample.getAttribute('href')) ?? '', /^\/events\?row=e0&from=/)
    assert.deepEqual(await axe(page), [])
    await page.getByRole('textbox', { name: 'Text of the rule' }).click()
    await page.keyboard.press('Control+End')
    fixture.detection.hold(true)
    // In one go: a text is replayed where somebody who types rests for a moment.
    await page.keyboard.insertText(' # seen')
    await page.getByText('being replayed').waitFor()
    fixture.detection.hold(false)
    await page.getByText('replayed', { exact: true }).waitFor()
    await page.getByText('Replayed: it would have fired 208 times.').waitFor()
    const begun = fixture.detection.asked.filter(({ path }) => path === 'backtests')
    assert.equal(begun.length, 2)
    assert.ok(begun.every(({ body }) => Object(body).replaces === listed))
    assert.match(Object(begun[1]?.body).text, /# seen/)
    assert.doesNotMatch(Object(begun[1]?.body).text, new RegExp(`^id: ${listed}`, 'm'))
    assert.deepEqual(opened.faults, [])
  })

  test('a back-test is cancelled while it runs, and before the server has said that it does', async () => {
    await using opened = await named('/rules/edit')
    const { page, fixture } = opened
    fixture.detection.hold(true)
    await page.getByText('1 rule read, without a fault').waitFor()
    await page.getByRole('button', { name: 'Replay on the record' }).click()
    await page.getByText('being replayed').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('It was cancelled').waitFor()
    const begun = Promise.withResolvers<void>()
    await page.route('**/api/v1/backtests', async (route) => {
      await begun.promise
      await route.continue()
    })
    await page.getByRole('button', { name: 'Replay again' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    begun.resolve()
    await page.getByRole('button', { name: 'Replay again' }).waitFor()
    await page.getByText('It was cancelled').waitFor()
    assert.deepEqual(
      fixture.detection.asked.map(({ path }) => path).filter((path) => path.startsWith('backtests')),
      ['backtests', 'backtests/b1/cancel', 'backtests', 'backtests/b2/cancel'],
    )
  })

  test('a suppression of a case is saved only after its back-test was looked at', async () => {
    await using opened = await named('/suppressions?case=c1')
    const { page, fixture } = opened
    const save = page.getByRole('button', { name: 'Save', exact: true })
    await page.getByRole('textbox', { name: 'Name' }).waitFor()
    assert.equal(await page.getByRole('textbox', { name: 'Owner' }).inputValue(), 'alice')
    await page.getByRole('textbox', { name: 'Reason' }).fill('The deployer does this with each release.')
    await page.getByText('Replay it on the record first').waitFor()
    assert.equal(await save.isDisabled(), true)
    fixture.detection.hold(true)
    await page.getByRole('button', { name: 'Replay on the record' }).click()
    await page.getByText('The replay is still going on.').waitFor()
    assert.equal(await save.isDisabled(), true)
    fixture.detection.hold(false)
    await page.getByText('182 of 260 detections would go quiet; 78 would stay.').waitFor()
    await page.getByText('Look at what would go quiet, and say so.').waitFor()
    assert.equal(await save.isDisabled(), true)
    await page.getByRole('checkbox', { name: /^I have looked: 182 of 260/ }).check()
    assert.equal(await save.isDisabled(), false)
    assert.deepEqual(await axe(page), [])
    const query = page.getByRole('combobox', { name: 'Which events' })
    fixture.detection.hold(true)
    await query.fill('user:alice')
    await page.getByText('The replay is still going on.').waitFor()
    assert.equal(await save.isDisabled(), true)
    fixture.detection.hold(false)
    await page.getByText('Look at what would go quiet, and say so.').waitFor()
    await page.getByRole('checkbox', { name: /^I have looked/ }).check()
    await save.click()
    await page.getByText('Saved: case-c1.').waitFor()
    await page.getByText('Detail of the suppression').first().waitFor()
    const saved = Object(
      fixture.detection.asked.find(({ method, path }) => method === 'POST' && path === 'suppressions')?.body,
    )
    assert.deepEqual([saved.name, saved.query, saved.owner, saved.backtest], ['case-c1', 'user:alice', 'alice', 'b2'])
    assert.ok(Date.parse(saved.expires) > fixture.data.windowMillis)
    assert.deepEqual(opened.faults, [])
  })

  test('a suppression is removed after a question, and can be filled in again', async () => {
    await using opened = await named('/suppressions?open=page-backup-reads-secrets')
    const { page } = opened
    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('It was used 1,204 times.').waitFor()
    assert.deepEqual(await axe(page), [])
    await page.getByRole('button', { name: 'Remove it' }).click()
    await page.getByText('Removed: backup-reads-secrets.').waitFor()
    await page.getByRole('button', { name: 'backup-reads-secrets' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: /^Fill it in again/ }).click()
    await page.getByRole('textbox', { name: 'Name' }).waitFor()
    assert.equal(await page.getByRole('textbox', { name: 'Name' }).inputValue(), 'backup-reads-secrets')
    assert.equal(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled(), true)
  })

  test('a suppression that gets another name takes the place of the old one, or it is told what keeps that', async () => {
    await using opened = await named('/suppressions?form=page-backup-reads-secrets')
    const { page, fixture } = opened
    await page.getByRole('textbox', { name: 'Name' }).fill('backup-at-night')
    await page.getByRole('button', { name: 'Replay on the record' }).click()
    await page.getByRole('checkbox', { name: /^I have looked/ }).check()
    const save = page.getByRole('button', { name: 'Save', exact: true })
    const error = { code: 'STORE_WRITE_FAILED', what: 'the old one could not be removed', mend: 'Try again.' }
    await page.route('**/api/v1/suppressions/*', (route) => route.fulfill({ status: 503, json: { error } }))
    await save.click()
    await page.getByRole('alert').filter({ hasText: error.what }).waitFor()
    await page.unrouteAll()
    await save.click()
    await page.getByText('Saved: backup-at-night.').waitFor()
    await page.getByText('Detail of the suppression').first().waitFor()
    const changes = fixture.detection.asked.filter(({ path }) => path.startsWith('suppressions'))
    assert.deepEqual(
      changes.map(({ method, path }) => [method, path]),
      [
        ['POST', 'suppressions'],
        ['POST', 'suppressions'],
        ['DELETE', 'suppressions/page-backup-reads-secrets'],
      ],
    )
    assert.deepEqual(opened.faults, [])
  })

  test('the matrix says why a rule cannot fire where the arrow keys point, and what would mend it', async () => {
    await using opened = await open({ path: '/coverage?state=cannot' })
    const { page } = opened
    await page.getByText(/rules fire or could fire/).waitFor()
    await page.getByRole('table', { name: 'Coverage by rule and source' }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('ArrowRight')
    await page.getByRole('status').getByText('cannot fire on').waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('Open the rule').waitFor()
    await page.getByRole('button', { name: 'Copy: What would mend it' }).waitFor()
    assert.deepEqual(await axe(page), [])
    await page.getByRole('link', { name: 'By technique' }).click()
    await page.getByRole('table', { name: 'Threat matrix for Kubernetes' }).waitFor()
    assert.deepEqual(opened.faults, [])
  })

  test('what the last self-test found stands beside the signs, in words, and in full beside the rule', async () => {
    await using opened = await open({ path: '/coverage' })
    const { page } = opened
    await page.getByText(/6 FAILED in the last self-test/).waitFor()
    await page.getByRole('combobox', { name: 'Self-test' }).selectOption({ label: 'FAILED' })
    await page.waitForURL(/selftest=failed/)
    const rows = page.locator('#content tbody tr')
    assert.deepEqual(await rows.count(), 6)
    for (const text of await rows.allInnerTexts()) assert.match(text, /FAILED/)
    await page.keyboard.press('j')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    const readout = page.getByRole('status')
    await readout.getByText('FAILED in the self-test').waitFor()
    await readout.getByText('3 d ago its requests are in the record as it needs them, and it did not fire').waitFor()
    await page.keyboard.press('Enter')
    const panel = page.getByRole('complementary', { name: 'Coverage of the rule' })
    await panel.getByText('its requests are in the record as it needs them').waitFor()
    await panel.getByText('by alice · act privileged-pod').waitFor()
    await panel.getByText(/^npx bulwark selftest --yes --rule [0-9a-f-]{36}$/).waitFor()
    assert.deepEqual(await axe(page), [])
    await panel.getByRole('link', { name: 'Open the rule' }).click()
    const detail = page.getByRole('complementary', { name: 'Detail of the rule' })
    await detail.getByRole('heading', { name: 'Self-test' }).waitFor()
    await detail.getByText('its requests are in the record as it needs them').waitFor()
    assert.deepEqual(opened.faults, [])
  })

  test('coverage is exported with its self-tests', async () => {
    await using opened = await open({ path: '/coverage' })
    const { page } = opened
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByText('with its self-test').waitFor()
    for (const [name, format] of [
      ['CSV, for a spreadsheet', 'csv'],
      ['JSON Lines, one a line', 'jsonl'],
    ] as const)
      assert.equal(
        await page.getByRole('link', { name }).getAttribute('href'),
        `/api/v1/coverage/export?format=${format}`,
      )
    assert.deepEqual(await axe(page), [])
  })

  test('a rule that was changed since its self-test, and one that none tries, say so', async () => {
    await using opened = await open({ path: '/coverage?selftest=outdated' })
    const { page, fixture } = opened
    const row = page.locator('#content [data-row]').first()
    await row.click()
    const panel = page.getByRole('complementary', { name: 'Coverage of the rule' })
    await panel.getByText('has been changed since its self-test: as it is now nobody tried it.').waitFor()
    await page.goto(`${fixture.url}/rules?rule=5b3e2f0a-9c1e-4f7e-a6b1-6d8f2a0c9b11`)
    const detail = page.getByRole('complementary', { name: 'Detail of the rule' })
    await detail.getByText('never tried').waitFor()
    await detail.getByText('A self-test tries the rules that Bulwark ships as its own').waitFor()
    assert.equal(await detail.getByText('npx bulwark selftest').count(), 0)
  })

  test('on a telephone the sign of a self-test is said in words too', async () => {
    await using opened = await open({
      path: '/coverage?selftest=failed',
      context: { viewport: { width: 390, height: 844 } },
    })
    const { page } = opened
    await page
      .getByRole('button', { name: /^FAILED / })
      .first()
      .click()
    const panel = page.getByRole('complementary', { name: 'Coverage of the rule' })
    await panel.getByText('FAILED', { exact: true }).waitFor()
    assert.deepEqual(await axe(page), [])
    assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= 390)
  })

  test('of a recording it is said that nothing can be acted out in it', async () => {
    await using opened = await open({ path: '/coverage', scenario: { kind: 'silent', mode: 'recording' } })
    const { page } = opened
    await page.getByText('in a recording nothing can be acted out').waitFor()
    assert.equal(await page.getByText('npx bulwark selftest --yes').count(), 0)
    assert.deepEqual(opened.faults, [])
  })

  test('a payload is shown without being sent, and a test that is not taken says why', async () => {
    await using opened = await open({ path: '/outputs' })
    const { page, fixture } = opened
    await page.getByRole('button', { name: 'Show payload pager' }).click()
    await page.getByText('This would be sent; nothing was.').waitFor()
    await page.getByRole('button', { name: 'Send a test pager' }).click()
    await page.getByText('This was not taken.').waitFor()
    await page.getByText(/The other side said: 403 invalid routing key/).waitFor()
    assert.equal(fixture.detection.asked.length, 2)
  })

  test('in the past nothing can be changed', async () => {
    const at = 'at=2026-11-23T14:03:00Z'
    await using opened = await named(`/rules?rule=${listed}&${at}`)
    const { page, fixture } = opened
    await page.getByText('Why it matters').waitFor()
    for (const control of await page.getByRole('switch').all()) assert.equal(await control.isDisabled(), true)
    await page.goto(`${fixture.url}/suppressions?open=page-backup-reads-secrets&${at}`)
    await page.getByText('Detail of the suppression').first().waitFor()
    assert.equal(await page.getByRole('button', { name: 'Remove' }).isDisabled(), true)
    await page.goto(`${fixture.url}/rules/edit?${at}`)
    await page.getByText('Rules are saved in the present').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled(), true)
    await page.goto(`${fixture.url}/outputs?${at}`)
    await page.getByRole('button', { name: 'Show payload pager' }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Send a test pager' }).isDisabled(), true)
  })

  for (const [kind, path, shows] of [
    ['empty', '/rules', 'No rule is loaded: nothing can be detected.'],
    ['empty', '/suppressions', 'There is no suppression.'],
    ['empty', '/coverage', 'No rule is loaded, so there is nothing to cover.'],
    ['empty', '/outputs', 'No output is set up'],
    ['silent', '/coverage', 'the source is silent for 6 min'],
    ['silent', '/coverage', 'No self-test ran yet'],
    ['silent', '/coverage?selftest=failed', 'npx bulwark selftest --yes'],
    ['shop', '/rules?q=nonesuch', 'No rule is like this.'],
    ['shop', '/rules?rule=nonesuch', 'There is no rule of this id now.'],
    ['shop', '/suppressions?q=nonesuch', 'No suppression is like this.'],
    ['shop', '/coverage?q=nonesuch', 'No rule is like this.'],
  ] as const) {
    test(`${path} of a cluster that is ${kind} says: ${shows}`, async () => {
      await using opened = await open({ path, scenario: { kind } })
      await opened.page.getByText(shows).first().waitFor()
      assert.deepEqual(await axe(opened.page), [])
      assert.deepEqual(opened.faults, [])
    })
  }
})

const searchOf = (page: Page): URLSearchParams => new URL(page.url()).searchParams
