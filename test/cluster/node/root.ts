import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, exists, lock } from '../build.ts'

const run = promisify(execFile)

/** What the node is made of, out of Debian's next release: the present one's containerd is too old for the kubelet. */
const release = 'forky'
const packages = ['containerd', 'runc', 'containernetworking-plugins', 'nftables', 'mount', 'busybox-static']

/**
 * The folder that is the node's root file system, made once in the cache: Debian's packages are fetched by apt with a
 * configuration of its own and only unpacked, so nothing of the machine changes. About 55 MB are fetched.
 */
export async function nodeRoot(say: (line: string) => void): Promise<string> {
  const key = createHash('sha256')
    .update(JSON.stringify([release, packages, links, files]))
    .digest('hex')
    .slice(0, 16)
  const folder = join(cacheFolder(), 'node-root', key)
  if (await exists(folder)) return folder
  await using _ = await lock(`${folder}.lock`, say)
  if (await exists(folder)) return folder
  say(`fetching containerd and runc from Debian ${release}, once`)
  const work = await mkdtemp(`${folder}.new-`)
  try {
    const debs = await fetchPackages(join(work, 'apt'))
    const root = join(work, 'root')
    await mkdir(root)
    for (const folderName of ['usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'etc/cni/net.d', 'var/lib', 'tmp']) {
      await mkdir(join(root, folderName), { recursive: true })
    }
    for (const name of ['bin', 'sbin', 'lib', 'lib64']) await symlink(`usr/${name}`, join(root, name))
    for (const deb of debs) await run('dpkg-deb', ['--extract', deb, root])
    for (const name of links)
      if (!(await exists(join(root, 'bin', name)))) await symlink('busybox', join(root, 'bin', name))
    for (const name of ['proc', 'sys', 'dev', 'run', '.old']) await mkdir(join(root, name), { recursive: true })
    for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content)
    await rename(root, folder)
    return folder
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Commands of busybox that init.sh, the kubelet and tests call. */
const links = ['sh', 'ls', 'cat', 'ip', 'sleep', 'hostname', 'mkdir', 'id', 'nc', 'touch']

/** What the kubelet expects to find. */
const files = {
  'etc/resolv.conf': '',
  'etc/hosts': '127.0.0.1 localhost\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
  'etc/group': 'root:x:0:\n',
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
}

/** Fetches the packages and all that they need, and returns the files. */
async function fetchPackages(folder: string): Promise<readonly string[]> {
  for (const name of ['lists/partial', 'archives/partial', 'preferences']) {
    await mkdir(join(folder, name), { recursive: true })
  }
  const file = (name: string) => join(folder, name)
  await writeFile(file('status'), '') // nothing counts as installed, so that everything needed is fetched
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  await writeFile(file('sources.list'), `deb [signed-by=${keyring}] http://deb.debian.org/debian ${release} main\n`)
  await writeFile(
    file('apt.conf'),
    [
      `Dir::State::status "${file('status')}";`,
      `Dir::State::lists "${file('lists')}";`,
      `Dir::Cache "${folder}";`,
      `Dir::Cache::archives "${file('archives')}";`,
      `Dir::Etc::sourcelist "${file('sources.list')}";`,
      'Dir::Etc::sourceparts "-";',
      `Dir::Etc::preferencesparts "${file('preferences')}";`,
      'APT::Install-Recommends "false";',
      'APT::Sandbox::User "root";',
      'APT::Architecture "amd64";',
      'Acquire::Languages "none";',
    ].join('\n'),
  )
  const env = { ...process.env, APT_CONFIG: file('apt.conf') }
  await run('apt-get', ['update'], { env, maxBuffer: 1 << 24 })
  await run('apt-get', ['install', '--download-only', '--yes', ...packages], { env, maxBuffer: 1 << 24 })
  const names = await readdir(file('archives'))
  return names.filter((name) => name.endsWith('.deb')).map((name) => join(folder, 'archives', name))
}
