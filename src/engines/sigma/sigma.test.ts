import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../../model/json.ts'
import { namesOf } from './condition.ts'
import { base64, base64Offsets, utf8 } from './encode.ts'
import { fold } from './fold.ts'
import {
  evaluate,
  judgedMoment,
  kubernetesAudit,
  type LoadedRule,
  loadSigma,
  ocsfApiActivity,
  readSigma,
} from './index.ts'

const head = 'title: t\nlogsource: {product: kubernetes, service: audit}\n'
const load = (
  detection: string,
  placeholders: ReadonlyMap<string, readonly string[]> = new Map(),
): LoadedRule | string => {
  const text = `${head}detection:\n${detection.replace(/^/gm, '  ')}`
  const { rules, problems } = loadSigma([{ name: 'r.yml', text }], { sources: [kubernetesAudit], placeholders })
  return rules[0] ?? problems.map(({ at, what }) => `${at.line}:${at.column} ${what}`).join('; ')
}
const fires = (
  detection: string,
  event: JsonObject,
  placeholders?: ReadonlyMap<string, readonly string[]>,
): boolean => {
  const rule = load(detection, placeholders)
  if (typeof rule === 'string') assert.fail(rule)
  return evaluate(rule.predicate, event)
}
/** One item, such as `f|contains: x`. */
const item = (text: string, event: JsonObject): boolean => fires(`s:\n  ${text}\ncondition: s`, event)
const refusal = (detection: string): string => {
  const rule = load(detection)
  return typeof rule === 'string' ? rule : 'was not refused'
}
const itemRefusal = (text: string): string => refusal(`s:\n  ${text}\ncondition: s`)

test('items match values as the specification, and our decisions where it is silent, say', () => {
  const table: readonly (readonly [item: string, event: JsonObject, expected: boolean])[] = [
    // Whole value, any case, wildcards, also over newlines.
    ['f: AbC', { f: 'aBc' }, true],
    ['f: abc', { f: 'xabc' }, false],
    ["f: 'a*c'", { f: 'a\n\nc' }, true],
    ["f: 'a?c'", { f: 'a\nc' }, true],
    ["f: 'a?c'", { f: 'a😀c' }, true],
    ["f: 'a?c'", { f: 'ac' }, false],
    ["f: 'a*a'", { f: 'a' }, false],
    // Escapes: \* and \? are plain, \\ is one backslash, a single one is itself.
    [String.raw`f: 'a\*c'`, { f: 'a*c' }, true],
    [String.raw`f: 'a\*c'`, { f: 'abc' }, false],
    [String.raw`f: 'a\\*c'`, { f: String.raw`a\bc` }, true],
    [String.raw`f: 'a\b'`, { f: String.raw`a\b` }, true],
    [String.raw`f: 'a\\b'`, { f: String.raw`a\b` }, true],
    [String.raw`f: 'a\\\\b'`, { f: String.raw`a\\b` }, true],
    // Simple case folding, without a locale: ı is no i, K (Kelvin) is k, ẞ is ß.
    ['f: STRASSE', { f: 'straße' }, false],
    ['f: ẞ', { f: 'ß' }, true],
    ['f: k', { f: '\u212a' }, true],
    ['f: i', { f: 'ı' }, false],
    ['f: ΣΑΣ', { f: 'σας' }, true],
    // Numbers and booleans, also written as texts.
    ['f: 403', { f: 403 }, true],
    ['f: 403', { f: '403' }, true],
    ["f: '403'", { f: 403 }, true],
    ['f: 403', { f: '0403' }, false],
    ['f: 1.50', { f: '1.5' }, true],
    ['f: true', { f: true }, true],
    ['f: true', { f: 'TRUE' }, true],
    ['f: true', { f: 1 }, false],
    // Null and empty.
    ['f: null', {}, true],
    ['f: null', { f: null }, true],
    ['f: null', { f: '' }, false],
    ['f: null', { f: [] }, false],
    ["f: ''", { f: '' }, true],
    ["f: ''", {}, false],
    ["f: ''", { f: null }, false],
    // A bare star is for all that is there and not null.
    ["f: '*'", { f: {} }, true],
    ["f: '*'", { f: [] }, true],
    ["f: '*'", { f: '' }, true],
    ["f: '*'", { f: null }, false],
    ["f: '*'", {}, false],
    ["f|contains: ''", { f: '' }, true],
    // Objects have no text.
    ["f: '*a*'", { f: { a: 'a' } }, false],
    // Lists: any element, and for `all` each value by another one.
    ['f: b', { f: ['a', 'b'] }, true],
    ['f|all: [a, b]', { f: ['a', 'b'] }, true],
    ['f|all: [a, b]', { f: ['a', 'c'] }, false],
    ['f|contains|all: [x, y]', { f: 'a x y' }, true],
    // A list in a list is no value of the field.
    ['f: a', { f: [['a']] }, false],
    // Paths: own keys, keys with dots, lists on the way.
    ['a.b: 1', { a: { b: 1 } }, true],
    ['a.b: 1', { 'a.b': 1 }, true],
    ['a.b: 1', { 'a.b': 2, a: { b: 1 } }, false],
    ['a.b.c: 1', { a: { 'b.c': 1 } }, true],
    ['a.b.c: 1', { a: { 'b.x': 1, b: { c: 1 } } }, true],
    ['a.b: 1', { a: [{ b: 2 }, {}, { b: 1 }] }, true],
    ['a.constructor|exists: true', { a: {} }, false],
    [
      'annotations.authorization.k8s.io/decision: forbid',
      { annotations: { 'authorization.k8s.io/decision': 'forbid' } },
      true,
    ],
    // The mapping of the log source.
    ['apiGroup: apps', { objectRef: { apiGroup: 'apps' } }, true],
    ["hostPath: '*'", { requestObject: { spec: { template: { spec: { volumes: [{ hostPath: {} }] } } } } }, true],
    // Modifiers.
    ['f|contains: b', { f: 'ABC' }, true],
    ['f|startswith: b', { f: 'ABC' }, false],
    ['f|startswith: a', { f: 'ABC' }, true],
    ['f|endswith: c', { f: 'ABC' }, true],
    ["f|contains: 'a*c'", { f: 'xabcx' }, true],
    ['f|contains: 3', { f: 1234 }, true],
    ['f|cased: a', { f: 'A' }, false],
    ['f|contains|cased: a', { f: 'xa' }, true],
    ['f|cased|contains: a', { f: 'XA' }, false],
    ['f|exists: true', { f: null }, true],
    ['f|exists: false', { f: null }, false],
    ['f|exists: false', {}, true],
    ['f|re: b.d', { f: 'abcde' }, true],
    ['f|re: B', { f: 'abc' }, false],
    ['f|re|i: B', { f: 'abc' }, true],
    ["f|re: 'a.c'", { f: 'a\nc' }, false],
    ["f|re|s: 'a.c'", { f: 'a\nc' }, true],
    ["f|re: '^b'", { f: 'a\nb' }, false],
    ["f|re|m: '^b'", { f: 'a\nb' }, true],
    ["f|re|i|s: '^A.C$'", { f: 'a\nc' }, true],
    [String.raw`f|re: '^\d+\.\w$'`, { f: '12.a' }, true],
    ["f|re|contains: '^b$'", { f: 'abc' }, false],
    ['f|cidr: 10.0.0.0/8', { f: ['::1', '10.2.3.4'] }, true],
    ['f|cidr: 10.0.0.0/8', { f: '::ffff:10.2.3.4' }, true],
    ['f|cidr: ::ffff:10.0.0.0/104', { f: '10.2.3.4' }, true],
    ['f|cidr: 10.0.0.0/8', { f: '10.2.3' }, false],
    ['f|cidr: fd00::/8', { f: 'fd00::1' }, true],
    ['f|base64: foobar', { f: 'Zm9vYmFy' }, true],
    ['f|base64offset|contains: foobar', { f: base64('xfoobar') }, true],
    ['f|wide|base64offset|contains: ping', { f: base64('ab p\0i\0n\0g\0c') }, true],
    ['f|utf16be|base64: a', { f: base64('\0a') }, true],
    ['f|utf16|base64: a', { f: base64('\xff\xfea\0') }, true],
    ['f|wide|contains: ab', { f: 'xa\0b\0' }, true],
    ['f|windash|contains: " -a"', { f: 'x /A' }, true],
    ['f|windash|contains: " -a"', { f: 'x —a' }, true],
    ['f|windash|contains: a-b', { f: 'a/b' }, false],
    ['f|lt: 5', { f: 4 }, true],
    ['f|gte: 5', { f: ['x', '5'] }, true],
    ['f|gt: 5', { f: 'x' }, false],
    ['f|neq: a', { f: 'b' }, true],
    ['f|neq: a', {}, true],
    ['f|neq: [a, b]', { f: 'b' }, false],
    ['f|hour: 23', { f: '2026-11-23T23:59:00Z' }, true],
    ['f|hour: 23', { f: '2026-11-24T00:59:00+01:00' }, true],
    ['f|hour|gte: 20', { f: '2026-11-23T19:59:00Z' }, false],
    ['f|gte|hour: 19', { f: '2026-11-23T19:59:00Z' }, true],
    ['f|week: 53', { f: '2021-01-03T00:00:00Z' }, true],
    ['f|week: 1', { f: '2021-01-04T00:00:00Z' }, true],
    ['f|year: 2026', { f: 'yesterday' }, false],
    ['f|fieldref: g', { f: 'A', g: 'a' }, true],
    ['f|fieldref|cased: g', { f: 'A', g: 'a' }, false],
    ['f|fieldref: g', { f: 'a' }, false],
    ['f|fieldref: g', {}, false],
    ['f|fieldref|startswith: g', { f: 'abc', g: 'AB' }, true],
    ['f|fieldref|endswith: g', { f: 'abc', g: 'bc' }, true],
    ['f|fieldref|contains: g', { f: 'abc', g: 'b' }, true],
    ['f|fieldref|neq: g', { f: 'a', g: 'b' }, true],
    // Without `expand`, percent signs are percent signs.
    ["f|contains: '%2fbin%2fsh'", { f: '/x?c=%2Fbin%2Fsh' }, true],
  ]
  for (const [text, event, expected] of table)
    assert.equal(item(text, event), expected, `${text} ${JSON.stringify(event)}`)
})

test('searches are maps, lists of maps, keywords, or a mixture', () => {
  const table: readonly (readonly [detection: string, event: JsonObject, expected: boolean])[] = [
    ['s: {a: 1, b: 2}\ncondition: s', { a: 1, b: 2 }, true],
    ['s: {a: 1, b: 2}\ncondition: s', { a: 1 }, false],
    ['s: [{a: 1}, {b: 2}]\ncondition: s', { b: 2 }, true],
    ['s: [evil, bad]\ncondition: s', { deep: [{ x: 'so EVIL' }] }, true],
    ['s: evil\ncondition: s', { x: 'good' }, false],
    // In the JSON text the quote is escaped; in the value it is not.
    [`s: 'a"b'\ncondition: s`, { x: 'xa"bx' }, true],
    [`s: '"verb":"get"'\ncondition: s`, { verb: 'get' }, true],
    ['s: 403\ncondition: s', { code: 403 }, true],
    ["s:\n  '|all': [a, b]\ncondition: s", { x: 'a', y: 'b' }, true],
    ["s:\n  '|all': [q, z]\ncondition: s", { x: 'q' }, false],
    ["s:\n  '|re': 'e.il'\ncondition: s", { x: 'evil' }, true],
    ['s: [evil, {a: 1}]\ncondition: s', { a: 1 }, true],
    ['a: {a: 1}\nb: {b: 1}\ncondition: a or b and not a', { a: 1 }, true],
    ['a: {a: 1}\nb: {b: 1}\ncondition: (a or b) and not a', { a: 1 }, false],
    ['a: {a: 1}\nb: {b: 1}\ncondition: NOT a AND b', { b: 1 }, true],
    ['a: {a: 1}\nb: {b: 1}\ncondition: [a, b]', { b: 1 }, true],
    ['f_a: {a: 1}\nf_b: {b: 1}\ncondition: 1 of f_*', { b: 1 }, true],
    ['f_a: {a: 1}\nf_b: {b: 1}\ncondition: all of them', { b: 1 }, false],
    ['f_a: {a: 1}\n_f: {b: 1}\ncondition: all of them', { a: 1 }, true],
    ['f_a: {a: 1}\n_f: {b: 1}\ncondition: any of _*', { b: 1 }, true],
    ['f_a: {a: 1}\nunused: {b: 1}\ncondition: f_a', { a: 1 }, true],
    ['all: {a: 1}\ncondition: all', { a: 1 }, true],
  ]
  for (const [detection, event, expected] of table) assert.equal(fires(detection, event), expected, detection)
})

test('what cannot be run is refused with its place', () => {
  assert.deepEqual(
    {
      modifier: itemRefusal('f|foobar: a'),
      emptyList: itemRefusal('f: []'),
      nullInList: itemRefusal('f: [a, null]'),
      map: itemRefusal('f: {a: 1}'),
      twice: refusal('s: {a: 1}\ns: {b: 1}\ncondition: s'),
      regex: itemRefusal("f|re: '(?=a)'"),
      lateRegex: itemRefusal('f|contains|re: a'),
      network: itemRefusal('f|cidr: 10.0.0'),
      wildcard: itemRefusal("f|base64: 'a*'"),
      number: itemRefusal('f|gt: many'),
      exists: itemRefusal("f|exists: 'true'"),
      placeholder: itemRefusal("f|expand: '%admins%'"),
      oddPlaceholder: itemRefusal("f|expand: '%break-glass admins%'"),
      dashes: itemRefusal("f|windash: '-a -b -c -d -e'"),
      keyword: refusal("s:\n  '|cidr': 10.0.0.0/8\ncondition: s"),
      unknown: refusal('s: {a: 1}\ncondition: s and t'),
      noneOf: refusal('s: {a: 1}\ncondition: 1 of t*'),
      twoOf: refusal('s: {a: 1}\ncondition: 2 of them'),
      pipe: refusal('s: {a: 1}\ncondition: s | count() > 3'),
      open: refusal('s: {a: 1}\ncondition: (s'),
      missing: refusal('s: {a: 1}'),
    },
    {
      modifier: '5:15 "f|foobar": there is no modifier "foobar"',
      emptyList: '5:8 "f": the list is empty',
      nullInList: '5:12 "f": null cannot stand in a list; write a search of its own for it',
      map: '5:8 "f": has to be a single value',
      twice: '5:3 the key "s" is there twice',
      regex:
        '5:11 the regular expression cannot be used: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
      lateRegex: '5:20 "f|contains|re": modifier "re": has to be the first modifier',
      network: '5:13 "f|cidr": modifier "cidr": "10.0.0" is not a network such as 10.0.0.0/8: no \'/\'',
      wildcard: '5:15 "f|base64": modifier "base64": cannot encode wildcards',
      number: '5:11 "f|gt": modifier "gt": needs a number, not the text "many"',
      exists: '5:15 "f|exists": modifier "exists": needs true or false, not the text "true"',
      placeholder: '5:15 "f|expand": modifier "expand": there is no value for the placeholder %admins%',
      oddPlaceholder: '5:15 "f|expand": modifier "expand": there is no value for the placeholder %break-glass admins%',
      dashes: '5:16 "f|windash": modifier "windash": has too many dashes: one value becomes more than 1000',
      keyword: '5:14 a cidr cannot be looked for without a field',
      unknown: '4:3 the condition uses "t"; there are s',
      noneOf: '4:3 no search has a name like "t*"',
      twoOf: '5:14 condition "2 of them": "2 of" is not in the language; it has 1, any and all',
      pipe: '5:14 conditions with a pipe are no longer part of Sigma; write a correlation rule instead',
      open: '5:14 condition "(s": a parenthesis is not closed',
      missing: '4:3 has no condition',
    },
  )
})

test('placeholders become their values, as they are', () => {
  const admins = new Map([['admins', ['a*', 'root']]])
  const rule = "s:\n  f|expand: '%admins%-x'\ncondition: s"
  const hits = ['a*-x', 'ab-x', 'ROOT-x', '%admins%-x'].map((f) => fires(rule, { f }, admins))
  assert.deepEqual(hits, [true, false, true, false])
  assert.equal(
    fires(
      String.raw`s:
  f|expand: '\%admins%'
condition: s`,
      { f: '%admins%' },
      admins,
    ),
    true,
  )
})

test('a document without one faulty part does not stop the others, and global parts are shared', () => {
  const text = `
action: global
logsource: {product: kubernetes, service: audit}
detection: {condition: s}
---
title: one
detection: {s: {a: 1}}
---
title: two
id: not-a-uuid
detection: {s: {a: 1}}
---
title: three
status: deprecated
detection: {s: {a: yes}}
---
action: repeat
title: four
---
- a list
---
title: "five
`
  const { rules, problems, warnings } = loadSigma([{ name: 'f.yml', text }], { sources: [kubernetesAudit] })
  assert.deepEqual(
    rules.map(({ rule, enabled }) => [rule.title, enabled]),
    [
      ['one', true],
      ['three', false],
    ],
  )
  assert.deepEqual(
    problems.map(({ at, title, what }) => [at.line, title, what]),
    [
      [10, 'two', 'the id "not-a-uuid" is no UUID'],
      [17, 'four', 'action "repeat" is not supported; write the document out'],
      [20, undefined, 'is not a map: a Sigma document has keys such as title'],
      [23, undefined, 'is not YAML: Missing closing "quote'],
    ],
  )
  assert.deepEqual(
    warnings.map(({ at, what }) => [at.line, what]),
    [[15, 'yes is read by YAML 1.2; put it in quotes, because YAML 1.1 reads it otherwise']],
  )
})

test('a rule runs on the sources that serve all it asks for, under their names', () => {
  const rule = (logsource: string): string =>
    `title: t\nlogsource: ${logsource}\ndetection: {s: {verb: create}, condition: s}`
  const sourcesOf = (logsource: string) =>
    loadSigma([{ name: 'r.yml', text: rule(logsource) }], { sources: [kubernetesAudit, ocsfApiActivity] }).rules.map(
      ({ source, enabled, predicate }) => [
        source?.name,
        enabled,
        evaluate(predicate, { api: { operation: 'Create' } }),
      ],
    )
  const both = [
    ['kubernetes-audit', true, false],
    ['ocsf-api-activity', true, true],
  ]
  assert.deepEqual(sourcesOf('{product: kubernetes, service: audit}'), both)
  assert.deepEqual(sourcesOf('{category: application, product: kubernetes, service: audit}'), both)
  assert.deepEqual(sourcesOf('{product: azure, service: activitylogs}'), [[undefined, false, false]])
  assert.deepEqual(sourcesOf('{}'), [])
})

test('a filter is joined by and to the rules it names, where the log source fits', () => {
  const files = [
    { name: 'r.yml', text: `${head}name: base\ndetection: {selection: {verb: get}, condition: selection}` },
    {
      name: 'f.yml',
      text: `title: f
logsource: {product: kubernetes}
filter: {rules: [base], selection: {user.username|startswith: 'adm_'}, condition: not selection}
---
title: other product
logsource: {product: windows}
filter: {rules: any, selection: {verb: x}, condition: selection}`,
    },
  ]
  const { rules, warnings } = loadSigma(files, { sources: [kubernetesAudit] })
  assert.deepEqual(
    rules.map(({ filters, predicate }) => [
      filters.map(({ title }) => title),
      evaluate(predicate, { verb: 'get', user: { username: 'eve' } }),
      evaluate(predicate, { verb: 'get', user: { username: 'ADM_eve' } }),
    ]),
    [[['f'], true, false]],
  )
  assert.deepEqual(
    warnings.map(({ title, what }) => [title, what]),
    [['other product', 'the filter is for no rule that is loaded']],
  )
})

test('one event of a request is judged', () => {
  const moments = [
    { stage: 'RequestReceived', verb: 'get' },
    { stage: 'ResponseComplete', verb: 'get' },
    { stage: 'ResponseStarted', verb: 'watch' },
    { stage: 'ResponseComplete', verb: 'watch' },
    { stage: 'ResponseComplete', verb: 'get', objectRef: { resource: 'pods', subresource: 'exec' } },
    { stage: 'Panic', verb: 'get' },
  ].map(judgedMoment)
  assert.deepEqual(moments, ['skip', 'judge', 'judge', 'once', 'once', 'once'])
})

test('a rule that asks for what a field never holds is told to be dead', () => {
  const healthOf = (detection: string) => {
    const rule = load(detection)
    return typeof rule === 'string' ? rule : rule.health
  }
  assert.deepEqual(healthOf('s: {verb: [replace, update]}\ncondition: s'), {
    dead: false,
    notes: ['verb is never "replace": a PUT is "update"'],
  })
  assert.deepEqual(healthOf('s: {responseStatus.code: ALLOW}\nt: {verb: get}\ncondition: s and t'), {
    dead: true,
    notes: ['responseStatus.code is never "ALLOW": it is a number'],
  })
  assert.deepEqual(healthOf("s: {responseStatus.code: '40*'}\ncondition: not s"), { dead: false, notes: [] })
})

test('base64 is that of the platform, and its offsets are found wherever the text stands', () => {
  const bytes = (text: string): string => utf8(text)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (text, before, after) => {
      assert.equal(base64(bytes(text)), btoa(bytes(text)))
      if (bytes(text).length < 3) return
      const whole = base64(bytes(before + text + after))
      assert.ok(base64Offsets(bytes(text)).some((one) => whole.includes(one)))
    }),
  )
})

test('folding agrees with the regular expressions of the platform', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(fold(fold(text)), fold(text))
      assert.equal([...fold(text)].length, [...text].length)
    }),
  )
  const cased = Array.from({ length: 0x1e944 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff)
  const different = cased.filter((code) => {
    const one = String.fromCodePoint(code)
    const other = fold(one)
    return other !== one && !new RegExp(`^${one}$`, 'iu').test(other)
  })
  assert.deepEqual(different, [])
})

test('a pattern of names is for whole names', () => {
  const names = ['filter_a', 'filter_b_x', 'afilter', '_filter']
  assert.deepEqual(
    ['*', 'filter_*', 'filter', '*x', 'f*_*_*', '_*'].map((pattern) => namesOf(pattern, names)),
    [
      ['filter_a', 'filter_b_x', 'afilter'],
      ['filter_a', 'filter_b_x'],
      [],
      ['filter_b_x'],
      ['filter_b_x'],
      ['_filter'],
    ],
  )
})

test('hostile files are refused with a place, in bounded work', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 9; i += 1)
    bomb.push(`${'abcdefghi'[i]}: &${'abcdefghi'[i]} [${`*${'abcdefghi'[i - 1]}, `.repeat(10)}]`)
  const problems = (text: string): string =>
    readSigma(text, 'f.yml')
      .problems.map(({ at, what }) => `${at.line}: ${what}`)
      .join('; ')
  assert.match(problems(`${head}detection: &d {condition: s, s: *d}`), /^3: is nested more than 32 deep/)
  const shared = `${head}detection: {condition: s, s: {a: &a x, b: [${'*a, '.repeat(20_000)}]}}`
  assert.deepEqual(readSigma(shared, 'f.yml').problems, [])
  assert.match(problems(`${head}detection: {condition: s, s: {a: *b, b: &b 1}}`), /^3: .*\bb\b/)
  const bracket = String.raw`detection: {s: {f|re: '\[a'}, condition: s}`
  assert.equal(readSigma(`---\n${head}${bracket}\n`.repeat(1500), 'f.yml').documents.length, 1500)
  assert.match(problems(bomb.join('\n')), /^\d+: has too many values/)
  assert.match(problems('['.repeat(100_000)), /^1: brackets are nested too deeply/)
  assert.match(problems(`${head}x: ${'{a: '.repeat(500)}1${'}'.repeat(500)}`), /nested more than 32 deep/)
  const types = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.boolean(),
    fc.json().map((one) => JSON.parse(one)),
  )
  const keys = fc.constantFrom(
    'title',
    'id',
    'status',
    'level',
    'logsource',
    'detection',
    'correlation',
    'filter',
    'action',
    'x',
  )
  fc.assert(
    fc.property(fc.dictionary(keys, types), (document) => {
      const {
        rules,
        problems: told,
        correlations,
        filters,
      } = loadSigma([{ name: 'f.yml', text: JSON.stringify({ title: 't', ...document }) }], {
        sources: [kubernetesAudit],
      })
      assert.ok(rules.length + told.length + correlations.length + filters.length > 0 || document.action === 'global')
    }),
  )
})
