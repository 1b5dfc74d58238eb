// Runs before `npm start` and `npm test`: brings what they need onto this machine, and is quick when nothing is missing.
// Plain JavaScript for Node 18 and later, without a dependency: nothing is installed yet when it runs.
'use strict'

const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

const root = path.resolve(__dirname, '..')
const purpose = process.argv[2] || 'start'
const say = (text) => process.stderr.write(`${text}\n`)

const fail = (what, mend) => {
  say(`\nbulwark: ${what}`)
  say(`  ${mend}`)
  process.exit(1)
}

const readJson = (file) => {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** True when node_modules holds exactly the versions of package-lock.json. npm keeps what it installed in a lockfile of its own. */
const packagesInstalled = () => {
  const wanted = readJson(path.join(root, 'package-lock.json'))
  const present = readJson(path.join(root, 'node_modules', '.package-lock.json'))
  if (!wanted || !present) return false
  return Object.entries(wanted.packages).every(
    ([place, entry]) => place === '' || entry.optional || present.packages[place]?.version === entry.version,
  )
}

const installPackages = () => {
  if (packagesInstalled()) return
  say('bulwark: installing packages (about 1.1 GB on disk, a minute or two) …')
  const began = Date.now()
  // No package may run code of its own while it is installed.
  // `install --no-save` keeps to the lockfile as `ci` does, and works where a registry lacks packages of other platforms.
  const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const done = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (done.status !== 0) {
    fail(
      'npm could not install the packages.',
      'Read its message above; with the network back, run the same command again.',
    )
  }
  say(`bulwark: packages installed in ${Math.round((Date.now() - began) / 1000)} s`)
}

const runtime = path.join(root, 'node_modules', '.bin', 'node')

const checkRuntime = () => {
  const version = spawnSync(runtime, ['--version'], { encoding: 'utf8' })
  if (version.status === 0) return
  fail(
    `the pinned Node.js for ${process.platform}-${process.arch} is not installed.`,
    'Bulwark brings Node.js 26 for Linux and macOS on x64 and arm64. Remove node_modules and run the command again.',
  )
}

/** Every file below a folder, sorted, so that a hash over them is stable. */
const filesBelow = (folder) =>
  fs
    .readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const full = path.join(folder, entry.name)
      if (entry.isDirectory()) return filesBelow(full)
      return entry.isFile() && !entry.name.includes('.test.') ? [full] : []
    })

const webSources = () => {
  const hash = createHash('sha256')
  for (const part of ['src/web', 'src/model', 'src/api/contract']) {
    const folder = path.join(root, part)
    if (!fs.existsSync(folder)) continue
    for (const file of filesBelow(folder)) hash.update(file.slice(root.length)).update(fs.readFileSync(file))
  }
  hash.update(fs.readFileSync(path.join(root, 'package-lock.json')))
  return hash.digest('hex')
}

const buildPage = () => {
  const stamp = path.join(root, 'dist', 'web', '.built-from')
  const wanted = webSources()
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return
  say('bulwark: building the page …')
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = [vite, 'build', '--config', 'src/web/vite.config.ts', '--logLevel', 'warn']
  const done = spawnSync(runtime, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (done.status !== 0) fail('the page could not be built.', 'Read the message above.')
  fs.writeFileSync(stamp, wanted)
}

/** Browser tests use Debian's Chromium. Without it, or without root to install it, they are reported as skipped. */
const installChromium = () => {
  if (fs.existsSync('/usr/bin/chromium') || process.env.BULWARK_CHROMIUM) return
  const isRoot = typeof process.getuid === 'function' && process.getuid() === 0
  if (!isRoot || !fs.existsSync('/usr/bin/apt-get')) {
    say('bulwark: no Chromium here and no way to install it: browser tests will be skipped')
    return
  }
  say('bulwark: installing Chromium for the browser tests (Debian package) …')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] }
  spawnSync('apt-get', ['update', '-qq'], quiet)
  const done = spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], quiet)
  if (done.status !== 0) say('bulwark: Chromium could not be installed: browser tests will be skipped')
}

if (Number(process.versions.node.split('.')[0]) < 18) {
  fail(
    `Node.js ${process.version} is too old to install Bulwark.`,
    'Install Node.js 18 or later; Bulwark then brings its own.',
  )
}
installPackages()
checkRuntime()
if (purpose !== 'check') buildPage()
if (purpose === 'test') installChromium()
