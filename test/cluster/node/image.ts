import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** A file, folder or link of an image, or of a tar file. */
type Entry =
  | { readonly kind: 'file'; readonly name: string; readonly content: Buffer; readonly mode: number }
  | { readonly kind: 'folder'; readonly name: string }
  | { readonly kind: 'link'; readonly name: string; readonly target: string }

/**
 * An image of nothing but a static busybox and its commands, as the tar of an OCI layout that containerd imports.
 * It holds /this-is-the-image, by which a test knows where it is.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export async function busyboxImage(busybox: string, reference: string, entrypoint: readonly string[]): Promise<Buffer> {
  const layer = tar([
    { kind: 'folder', name: 'bin' },
    { kind: 'folder', name: 'tmp' },
    { kind: 'file', name: 'bin/busybox', content: await readFile(busybox), mode: 0o755 },
    ...commands.map((name): Entry => ({ kind: 'link', name: `bin/${name}`, target: 'busybox' })),
    { kind: 'file', name: 'this-is-the-image', content: Buffer.from(`${reference}\n`), mode: 0o644 },
  ])
  const config = json({
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: entrypoint, Env: ['PATH=/bin'], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
  })
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
  })
  const index = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
        annotations: { 'io.containerd.image.name': reference },
        platform: { architecture: 'amd64', os: 'linux' },
      },
    ],
  })
  const file = (name: string, content: Buffer): Entry => ({ kind: 'file', name, content, mode: 0o644 })
  return tar([
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', index),
    ...[layer, config, manifest].map((blob) => file(`blobs/${digest(blob).replace(':', '/')}`, blob)),
  ])
}

const commands = ['sh', 'ls', 'cat', 'id', 'sleep', 'hostname', 'echo', 'nc', 'ps', 'wget', 'httpd']

function descriptor(mediaType: string, content: Buffer): object {
  return { mediaType, digest: digest(content), size: content.length }
}

function digest(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

/** POSIX ustar (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html), owner 0:0, time 0. */
function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = entry.kind === 'file' ? entry.content : Buffer.alloc(0)
    return [header(entry, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

function header(entry: Entry, size: number): Buffer {
  const block = Buffer.alloc(512)
  const octal = (value: number, length: number, at: number) =>
    block.write(value.toString(8).padStart(length - 1, '0'), at, 'ascii')
  block.write(entry.kind === 'folder' ? `${entry.name}/` : entry.name, 0, 'utf8')
  octal(entry.kind === 'file' ? entry.mode : 0o755, 8, 100)
  octal(0, 8, 108)
  octal(0, 8, 116)
  octal(size, 12, 124)
  octal(0, 12, 136)
  block.write('        ', 148, 'ascii') // the checksum counts its own field as blanks
  block.write({ file: '0', folder: '5', link: '2' }[entry.kind], 156, 'ascii')
  if (entry.kind === 'link') block.write(entry.target, 157, 'utf8')
  block.write('ustar\u000000', 257, 'ascii')
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    7,
    148,
  )
  return block
}
