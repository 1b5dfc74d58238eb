import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { readManifests } from './read-manifests.ts'

const pod = (name: string) => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\n`

/** Makes the files in a folder of their own and tells what was read, with the folder's own path left out. */
const readFolder = async (files: Readonly<Record<string, string>>, prepare: (folder: string) => void = () => {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    prepare(folder)
    return await summary([folder], folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const summary = async (paths: readonly string[], folder: string, input: readonly Uint8Array[] = []) => {
  const lines: string[] = []
  async function* stdin() {
    yield* input
  }
  for await (const item of readManifests(paths, stdin())) {
    const what = item.kind === 'object' ? `object ${String(item.object.kind)}` : `${item.level} ${item.message}`
    lines.push(`${item.file.replace(`${folder}/`, '').replace(folder, '.')}: ${what}`)
  }
  return lines
}

test('reads every manifest below a folder in order of name, and no other file', async () => {
  const files = {
    'b.yaml': pod('b'),
    'a/z.YML': pod('z'),
    'a/y.json': '{"kind":"Pod","apiVersion":"v1"}',
    'a/x.txt': 'x',
    '.git/c.yaml': 'x',
  }
  assert.deepEqual(await readFolder(files), ['a/y.json: object Pod', 'a/z.YML: object Pod', 'b.yaml: object Pod'])
})

test('tells of a Helm chart that is not rendered as one thing, and reads what in it is a manifest', async () => {
  const files = {
    'chart/Chart.yaml': 'apiVersion: v2\nname: c\n',
    'chart/values.yaml': 'image: x\n',
    'chart/templates/a.yaml': 'image: {{ .Values.image }}\n',
    'chart/templates/b.yaml': '{{ if true }}\n',
    'chart/crds/c.yaml': pod('c'),
    'd.yaml': pod('d'),
  }
  assert.deepEqual(await readFolder(files), [
    'chart/crds/c.yaml: object Pod',
    'chart: error a Helm chart that is not rendered: 2 templates were not checked',
    'd.yaml: object Pod',
  ])
})

test('follows links, and a folder only once', async () => {
  const lines = await readFolder({ 'real/a.yaml': pod('a') }, (folder) => {
    symlinkSync(folder, join(folder, 'real', 'loop'))
    symlinkSync(join(folder, 'real', 'a.yaml'), join(folder, 'b.yaml'))
    symlinkSync(join(folder, 'gone.yaml'), join(folder, 'c.yaml'))
  })
  assert.deepEqual(lines, [
    'b.yaml: object Pod',
    'c.yaml: error it cannot be read: there is no such file',
    'real/a.yaml: object Pod',
  ])
})

test('tells of a folder without manifests and of a path that is not there, and goes on', async () => {
  assert.deepEqual(await readFolder({ 'a.txt': '' }), [
    '.: error it cannot be read: the folder holds no .yaml, .yml or .json file',
  ])
  assert.deepEqual(await summary(['/nowhere/a.yaml', '-'], '/nowhere', [Buffer.from(pod('a'))]), [
    'a.yaml: error it cannot be read: there is no such file',
    '<stdin>: object Pod',
  ])
})

test('reads standard input in pieces that cut characters, and a named file of any name', async () => {
  const bytes = Buffer.from(pod('ü'))
  assert.deepEqual(
    await summary(
      ['-'],
      '/',
      [...bytes].map((byte) => Buffer.from([byte])),
    ),
    ['<stdin>: object Pod'],
  )
  const folder = mkdtempSync(join(tmpdir(), 'manifests-'))
  try {
    writeFileSync(join(folder, 'pod'), Buffer.from([0xff, 0xfe, ...Buffer.from(pod('a'), 'utf16le')]))
    writeFileSync(join(folder, 'binary'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff]))
    assert.deepEqual(await summary([join(folder, 'pod'), join(folder, 'binary')], folder), [
      'pod: object Pod',
      'binary: error it cannot be read: it is not valid UTF-8 text (a binary file?)',
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
