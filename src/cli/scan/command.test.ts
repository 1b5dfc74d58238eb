import assert from 'node:assert/strict'
import test from 'node:test'
import { runCommand } from '../fixture.ts'
import { scanCommand } from './command.ts'

type Files = Readonly<Record<string, string | Uint8Array>>

/** Runs `bulwark scan` over files in a folder of their own, whose path is left out of what is given back. */
const run = async (files: Files, args: readonly string[] = [], input = '') => {
  const argsIn = (folder: string) => [...args, input === '' ? folder : '-']
  const { folder, code, stdout, stderr } = await runCommand(scanCommand, argsIn, { files, input })
  return { code, stdout: stdout.replaceAll(`${folder}/`, '').replaceAll(folder, '.'), stderr }
}

/** Findings as `file:line:column check` and problems as `file:line:column ! message`, from the JSON output. */
const told = async (files: Files, args: readonly string[] = ['--level', 'baseline'], input = '') => {
  const { code, stdout } = await run(files, [...args, '--output', 'json'], input)
  const report = JSON.parse(stdout) as {
    readonly complete: boolean
    readonly findings: readonly {
      check: string
      file: string
      locations: readonly { line: number; column: number }[]
    }[]
    readonly problems: readonly { level: string; file: string; line?: number; column?: number; message: string }[]
  }
  assert.equal(report.complete, code !== 3)
  return {
    code,
    findings: report.findings.map(
      ({ check, file, locations: [first] }) =>
        `${file}:${first?.line}:${first?.column} ${check.replace('pod-security/', '')}`,
    ),
    problems: report.problems.map(
      ({ level, file, line, column, message }) =>
        `${file}${line === undefined ? '' : `:${line}:${column}`} ${level === 'note' ? 'note: ' : ''}${message}`,
    ),
  }
}

const privileged = `apiVersion: v1
kind: Pod
metadata:
  name: bad
spec:
  containers:
    - name: a
      image: x
      securityContext:
        privileged: true
`
const good = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: fine\n'
const found = (file: string) => [`${file}:10:9 privileged`]

test('exit code 0 and no findings where there is nothing to find', async () => {
  assert.deepEqual(await told({ 'a.yaml': good }), { code: 0, findings: [], problems: [] })
})

test('a malformed file beside a good one', async () => {
  assert.deepEqual(await told({ 'a.yaml': privileged, 'b.yaml': 'kind: [Pod\nx' }), {
    code: 3,
    findings: found('a.yaml'),
    problems: ['b.yaml:2:2 the document cannot be read: unexpected end of the stream within a flow collection'],
  })
})

test('a malformed document in the middle of a file', async () => {
  assert.deepEqual(await told({ 'a.yaml': `${good}---\n: : :\n  - x\n y\n---\n${privileged}` }), {
    code: 3,
    findings: ['a.yaml:19:9 privileged'],
    problems: ['a.yaml:7:3 the document cannot be read: bad indentation of a mapping entry'],
  })
})

for (const [first, last] of [
  ['true', 'false'],
  ['false', 'true'],
]) {
  test(`a duplicate key whose last value is ${last}`, async () => {
    const text = privileged.replace('privileged: true', `privileged: ${first}\n        privileged: ${last}`)
    assert.deepEqual(await told({ 'a.yaml': text }), {
      code: 3,
      findings: [`a.yaml:${first === 'true' ? 10 : 11}:9 privileged`],
      problems: ['a.yaml:11:9 the key "privileged" stands twice in one mapping'],
    })
  })
}

test('an alias bomb', async () => {
  const levels = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${`*l${n},`.repeat(10)}]\n`).join('')
  const { code, findings, problems } = await told({
    'a.yaml': `l0: &l0 [${'x,'.repeat(10)}]\n${levels}---\n${privileged}`,
  })
  assert.deepEqual([code, findings], [3, ['a.yaml:21:9 privileged']])
  assert.match(problems.join(), /an alias bomb/)
})

test('nesting 10,000 deep, as YAML and as JSON', async () => {
  const files = {
    'a.yaml': `${good}x: ${'['.repeat(10_000)}\n---\n${privileged}`,
    'b.json': `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  }
  const { code, findings, problems } = await told(files)
  assert.deepEqual([code, findings, problems.length], [3, ['a.yaml:16:9 privileged'], 2])
  assert.match(problems.join(), /nesting exceeded/)
})

test('a ConfigMap of 10 MB', async () => {
  const text = `${good}data:\n  big: ${'a'.repeat(5_000_000)}\n  lines: |\n${'    some text\n'.repeat(400_000)}---\n${privileged}`
  const { code, findings, problems } = await told({ 'a.yaml': text })
  assert.deepEqual([code, findings, problems], [1, ['a.yaml:400018:9 privileged'], []])
})

test('a List, JSON, UTF-16, a byte order mark and CR LF', async () => {
  const list = `apiVersion: v1\nkind: List\nitems:\n- ${privileged.trimEnd().replaceAll('\n', '\n  ')}\n`
  const files = {
    'a.yaml': list,
    'b.json': '{"apiVersion":"v1","kind":"Pod","spec":{"hostPID":true}}',
    'c.yaml': Buffer.from(`\ufeff${privileged}`, 'utf16le'),
    'd.yaml': `\ufeff${privileged}`,
    'e.yaml': privileged.replaceAll('\n', '\r\n'),
  }
  assert.deepEqual(await told(files), {
    code: 1,
    findings: [
      'a.yaml:13:11 privileged',
      'b.json:1:41 hostNamespaces',
      ...['c', 'd', 'e'].flatMap((name) => found(`${name}.yaml`)),
    ],
    problems: [],
  })
})

test('custom resources that hold pod templates, and a PodTemplate', async () => {
  const files = {
    'a.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: r}
spec:
  template:
    metadata: {labels: {a: b}}
    spec:
      hostNetwork: true
      containers: [{name: a, image: x}]
`,
    'b.yaml': 'apiVersion: v1\nkind: PodTemplate\ntemplate:\n  spec: {hostIPC: true, containers: [{name: a}]}\n',
  }
  assert.deepEqual(await told(files), {
    code: 1,
    findings: ['a.yaml:8:7 hostNamespaces', 'b.yaml:4:10 hostNamespaces'],
    problems: [],
  })
})

test('a privileged ephemeral container', async () => {
  const text = privileged.replace('  containers:', '  containers: []\n  ephemeralContainers:')
  assert.deepEqual(await told({ 'a.yaml': text }), { code: 1, findings: ['a.yaml:11:9 privileged'], problems: [] })
})

test('privileged as a text, and as YAML 1.1 for true', async () => {
  assert.deepEqual(
    await told({ 'a.yaml': privileged.replace('true', '"true"'), 'b.yaml': privileged.replace('true', 'yes') }),
    {
      code: 3,
      findings: found('b.yaml'),
      problems: [
        'a.yaml:10:9 Pod bad: spec.containers[0].securityContext.privileged wants true or false, not the text "true"',
      ],
    },
  )
})

test('containers as a map, and a workload without a pod', async () => {
  const files = {
    'a.yaml': 'apiVersion: v1\nkind: Pod\nspec:\n  hostPID: true\n  containers:\n    a: {image: x}\n',
    'b.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {}\n',
  }
  assert.deepEqual(await told(files), {
    code: 3,
    findings: ['a.yaml:4:3 hostNamespaces'],
    problems: [
      'a.yaml:5:3 Pod (no name): spec.containers wants a list, not an object',
      'b.yaml:4:1 Deployment d has no spec.template.spec: the API server refuses it',
    ],
  })
})

test('a Helm chart that is not rendered, and a template by itself', async () => {
  const { code, problems } = await told({
    'Chart.yaml': 'apiVersion: v2\n',
    't.yaml': '{{ if x }}\n',
    'u.yaml': 'a: 1\n',
  })
  assert.deepEqual(
    [code, problems],
    [
      3,
      [
        'u.yaml:1:1 note: not a Kubernetes object (it has neither apiVersion nor kind)',
        '. a Helm chart that is not rendered: one template was not checked',
      ],
    ],
  )
  const alone = await run({ 'a.yaml': `${privileged}---\n{{ if .x }}\nkind: Pod\n{{ end }}\n` })
  assert.match(alone.stdout, /render it first, e\.g\. helm template CHART \| bulwark scan -/)
  assert.match(alone.stdout, /critical/)
})

test('an empty file, and one with comments only', async () => {
  assert.deepEqual(await told({ 'a.yaml': '', 'b.yaml': '# nothing\n---\n', 'c.yaml': privileged }), {
    code: 3,
    findings: found('c.yaml'),
    problems: ['a.yaml the file is empty', 'b.yaml the file holds nothing but comments and empty documents'],
  })
})

test('standard input, as helm template writes it', async () => {
  const rendered = `---\n# Source: chart/templates/a.yaml\n${privileged}---\n# Source: chart/templates/empty.yaml\n`
  assert.deepEqual(await told({}, ['--level', 'baseline'], rendered), {
    code: 1,
    findings: ['<stdin>:12:9 privileged'],
    problems: [],
  })
})

test('labels of a namespace that the API server would refuse', async () => {
  const text =
    'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: dev\n  labels:\n    pod-security.kubernetes.io/enforce: strict\n'
  assert.deepEqual((await told({ 'a.yaml': text })).problems, [
    'a.yaml:6:5 Namespace dev: the label pod-security.kubernetes.io/enforce must be one of privileged, baseline, restricted',
  ])
})

test('a name that is no text', async () => {
  assert.deepEqual((await told({ 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: on}\n' })).problems, [
    'a.yaml:3:12 ConfigMap (no name): metadata.name wants a text, not true',
  ])
})

test('a pod of 20,000 containers, in the time of one walk over it', async () => {
  const containers = Array.from(
    { length: 20_000 },
    (_, index) => `  - {name: c${index}, securityContext: {privileged: true}}\n`,
  )
  const { code, stdout } = await run(
    { 'a.yaml': `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n${containers.join('')}` },
    ['--output', 'json'],
  )
  const { locations } = JSON.parse(stdout).findings[0]
  assert.deepEqual([code, locations.length, locations[19_999].line], [1, 20_000, 20_004])
})

test('exit code 1 only from the chosen severity on', async () => {
  const medium = 'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, ports: [{hostPort: 80}]}]}\n'
  const codeFor = async (failOn: string) =>
    (await run({ 'a.yaml': medium }, ['--level', 'baseline', '--fail-on', failOn])).code
  assert.deepEqual(await Promise.all(['info', 'medium', 'high', 'never'].map(codeFor)), [1, 1, 0, 0])
})

test('checks against an older version of the standards, and refuses one that there is not', async () => {
  const text = 'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, livenessProbe: {httpGet: {host: h}}}]}\n'
  const at = async (version: string) =>
    (await told({ 'a.yaml': text }, ['--level', 'baseline', '--policy-version', version])).findings
  assert.deepEqual([await at('v1.33'), await at('v1.34')], [[], ['a.yaml:3:57 hostProbesAndHostLifecycle']])
  await assert.rejects(run({ 'a.yaml': text }, ['--policy-version', '1.30']), { code: 'CONFIG_INVALID' })
})

test('no colour where there is no terminal, and no control character from a manifest ever', async () => {
  const text =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: "\\e[2J\\u202e"}\nspec: {hostPID: true, containers: [{name: a}]}\n'
  const { stdout, stderr } = await run({ 'a.yaml': text })
  assert.equal(stderr, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that must not come through
  assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  assert.match(stdout, /Pod \\u001b\[2J\\u202e/)
})
