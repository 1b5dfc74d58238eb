/**
 * The rules that run: from every place they may come from, as one set that changes as a whole. A file that was right and
 * is now broken is refused with its place and mend, and what it said before goes on.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createRuleLoader,
  isRuleFile,
  type RuleFile,
  type RuleSet,
  type RuleSetProblem,
} from '../../detect/rule-set.ts'
import { isObject, type JsonValue } from '../../model/json.ts'
import type { RuleHead, RuleOrigin } from '../../model/rule.ts'
import type { Desk, SavedRules } from '../../store/desk/index.ts'
import type { Running } from './judge.ts'
import type { ConfigMapReading } from './rule-config-maps.ts'
import { RuleFiles, type RuleReading } from './rule-files.ts'
import { type RuleSource, runningOf } from './rule-source.ts'
import type { RuleUrl } from './rule-url.ts'

/** Sets that ship with Bulwark, in folders of rules/. */
export const shippedSets = ['bulwark', 'falco', 'sigmahq'] as const satisfies readonly RuleOrigin[]
export type ShippedSet = (typeof shippedSets)[number]

export interface RuleKeeperOptions {
  /** The folder with a folder for each shipped set. */
  readonly shipped: string
  /** Those that are on; rules of the others are known, and on only where a person switched them on. */
  readonly sets: readonly ShippedSet[]
  readonly paths: readonly string[]
  readonly urls: readonly RuleUrl[]
  /**
   * Rules in the watched cluster; undefined where none are asked for. Its answer is undefined while the cluster is not known
   * yet: what ran before goes on, over a restart too, so that no record is judged without them.
   */
  readonly configMaps?: () => ConfigMapReading | undefined
  readonly desk: Desk
  readonly onChanged: (running: Running) => void
  readonly onError: (message: string, error: unknown) => void
}

const lookMillis = 1000
const askMillis = 300_000

export class RuleKeeper implements AsyncDisposable {
  readonly #options: RuleKeeperOptions
  readonly #shipped: readonly RuleFile[]
  readonly #files: RuleFiles
  /** Files as they run now, by name. */
  #accepted: ReadonlyMap<string, RuleFile> = new Map()
  /** Names of those in which nothing is wrong. */
  #right: ReadonlySet<string> = new Set()
  #reading: RuleReading = { files: [], problems: [], unreadable: [] }
  #urlProblems: readonly RuleSetProblem[] = []
  /** Looks at a file again only where it changed: a set is read between two batches of events. */
  readonly #loader = createRuleLoader()
  #set: RuleSet = this.#loader.load([])
  #refused: readonly RuleSetProblem[] = []
  #switches: ReadonlyMap<string, boolean>
  #loaded: readonly RuleFile[] = []
  #runs: readonly RuleFile[] = []
  #isLoaded = false
  #maps: ConfigMapReading = { files: [], problems: [], unreadable: [] }
  /** Rules of ConfigMaps as they are in the desk. */
  #keptMaps = ''
  #loadedAt = Date.now()
  #timers: NodeJS.Timeout[] = []
  #looking: Promise<void> = Promise.resolve()
  #asking: Promise<void> | undefined
  readonly #stop = new AbortController()

  private constructor(options: RuleKeeperOptions) {
    this.#options = options
    this.#shipped = shippedSets.flatMap((set) => readShipped(join(options.shipped, set), set))
    this.#files = new RuleFiles(options.paths, 'user')
    this.#switches = options.desk.rules.switches()
    if (options.configMaps !== undefined) {
      const kept = options.desk.kept.read(keptName)
      this.#keptMaps = JSON.stringify(kept ?? [])
      this.#maps = { files: keptFiles(kept), problems: [], unreadable: [] }
    }
  }

  /** Reads what is there; rules that come by an address follow when they are received. */
  static async open(options: RuleKeeperOptions): Promise<RuleKeeper> {
    const keeper = new RuleKeeper(options)
    keeper.#reading = (await keeper.#files.read()) ?? keeper.#reading
    keeper.#load()
    return keeper
  }

  /** Begins to look for changes. */
  watch(): void {
    const look = setInterval(() => {
      this.#looking = this.#looking
        .then(() => this.look())
        .catch((error: unknown) => this.#options.onError('rules cannot be looked at', error))
    }, lookMillis)
    const ask = setInterval(() => this.#askAll(), askMillis)
    for (const timer of [look, ask]) timer.unref()
    this.#timers.push(look, ask)
    this.#askAll()
  }

  running(): Running {
    return runningOf(this.source(), this.#set)
  }

  /** What makes the rules that run now, for another thread to make them of. */
  source(): RuleSource {
    return { files: this.#runs, switches: this.#switches, on: new Set<RuleOrigin>([...this.#options.sets, 'user']) }
  }

  /**
   * What is wrong with rules now. `refused`: files that could not be read or are not run as they are written, in whole or
   * in part; `warnings`: what is run and worth a look.
   */
  problems(): { readonly refused: readonly RuleSetProblem[]; readonly warnings: readonly RuleSetProblem[] } {
    const errors = this.#set.problems.filter(isError)
    return {
      refused: [...this.#refused, ...errors, ...this.#reading.problems, ...this.#urlProblems, ...this.#maps.problems],
      warnings: this.#set.problems.filter((problem) => !isError(problem)),
    }
  }

  /** Files as they run. */
  files(): readonly RuleFile[] {
    return this.#runs
  }

  /** Other files as one set, beside those that run: of these none is read again. */
  load(files: readonly RuleFile[]): RuleSet {
    return this.#loader.load(files)
  }

  get loadedAt(): number {
    return this.#loadedAt
  }

  /** Looks once for files that changed. */
  async look(): Promise<void> {
    const reading = await this.#files.read()
    if (reading !== undefined) this.#reading = reading
    this.#load()
  }

  switch(rule: string, enabled: boolean, by: string): void {
    const { desk } = this.#options
    desk.durably(() => desk.rules.switch(rule, enabled, by, Date.now() * 1000))
    this.#switches = desk.rules.switches()
    this.#options.onChanged(this.running())
  }

  /** What rules to be saved under a name would say beside all others, and what is wrong with them; nothing is taken in. */
  check(
    text: string,
    name = 'new',
  ): { readonly rules: readonly RuleHead[]; readonly problems: readonly RuleSetProblem[] } {
    const file = savedFile(name, text)
    const others = this.#candidates().filter((one) => one.name !== file.name)
    const { heads, problems } = this.#loader.load([...others, file])
    return {
      rules: heads.filter((head) => head.file === file.name),
      problems: problems.filter((problem) => problem.file === file.name),
    }
  }

  /** What is saved under a name, as it was written; undefined where nothing is. */
  saved(name: string): SavedRules | undefined {
    return this.#options.desk.rules.saved().find((one) => one.name === name)
  }

  save(name: string, text: string, by: string): void {
    const { desk } = this.#options
    desk.durably(() => desk.rules.save({ name, text, by, at: Date.now() * 1000 }))
    this.#load()
  }

  /** False where nothing is saved under the name. */
  remove(name: string): boolean {
    const { desk } = this.#options
    const removed = desk.durably(() => desk.rules.remove(name))
    this.#load()
    return removed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#stop.abort(new Error('Bulwark stops'))
    await this.#looking
    await this.#asking
  }

  /** Asks the addresses, one round at a time. */
  #askAll(): void {
    this.#asking ??= this.ask()
      .catch((error: unknown) => this.#options.onError('rules cannot be fetched', error))
      .finally(() => {
        this.#asking = undefined
      })
  }

  /** Asks every address once. */
  async ask(): Promise<void> {
    const { urls } = this.#options
    const problems = await Promise.all(urls.map((url) => url.ask(this.#stop.signal)))
    if (this.#stop.signal.aborted) return
    this.#urlProblems = problems.filter((problem) => problem !== undefined)
    this.#load()
    await Promise.all(urls.map((url) => url.save(this.#accepted.get(url.name())?.text)))
  }

  #candidates(): readonly RuleFile[] {
    const { urls, desk } = this.#options
    const unreadable = [...this.#reading.unreadable, ...this.#maps.unreadable]
    // What is there and cannot be read now is as it was.
    const kept = [...this.#accepted.values()].filter(({ name }) =>
      unreadable.some((path) => name === path || name.startsWith(`${path}/`)),
    )
    return [
      ...this.#shipped,
      ...this.#reading.files,
      ...kept,
      ...urls.flatMap((url) => url.file() ?? []),
      ...this.#maps.files,
      ...desk.rules.saved().map(({ name, text }) => savedFile(name, text)),
    ]
  }

  /** Takes all that changed in, as a whole. */
  #load(): void {
    this.#maps = this.#options.configMaps?.() ?? this.#maps
    const candidates = this.#candidates()
    if (this.#isLoaded && areSame(candidates, this.#loaded)) return
    this.#loaded = candidates
    this.#isLoaded = true
    let files = candidates
    let set = this.#loader.load(files)
    const broken = new Set(set.problems.filter(isError).map(({ file }) => file))
    const before = (file: RuleFile): RuleFile | undefined => {
      // What was broken before is no better than what is now.
      const isWorse = broken.has(file.name) && this.#right.has(file.name)
      const known = isWorse ? this.#accepted.get(file.name) : undefined
      return known?.text === file.text ? undefined : known
    }
    const refused = set.problems.filter(
      (problem) => isError(problem) && files.some((file) => file.name === problem.file && before(file) !== undefined),
    )
    if (refused.length > 0) {
      files = files.map((file) => before(file) ?? file)
      set = this.#loader.load(files)
    }
    this.#accepted = new Map(files.map((file) => [file.name, file]))
    this.#runs = [...this.#accepted.values()]
    const wrong = new Set(set.problems.filter(isError).map(({ file }) => file))
    this.#right = new Set(files.map(({ name }) => name).filter((name) => !wrong.has(name)))
    this.#refused = refused
    this.#set = set
    this.#loadedAt = Date.now()
    this.#options.onChanged(this.running())
    this.#keepMaps()
  }

  /** Writes the rules of ConfigMaps as they run, for the next start. */
  #keepMaps(): void {
    const { files, unreadable } = this.#maps
    const names = new Set([...files.map(({ name }) => name), ...unreadable])
    const running = [...this.#accepted.values()]
      .filter(({ name }) => names.has(name))
      .map(({ name, text }) => ({ name, text }))
    const text = JSON.stringify(running)
    if (text === this.#keptMaps) return
    this.#options.desk.kept.write(keptName, running)
    this.#keptMaps = text
  }
}

const keptName = 'rules of ConfigMaps'

const keptFiles = (kept: JsonValue | undefined): readonly RuleFile[] =>
  (Array.isArray(kept) ? kept : [])
    .filter(isObject)
    .flatMap(({ name, text }): readonly RuleFile[] =>
      typeof name === 'string' && typeof text === 'string' ? [{ name, text, origin: 'user' }] : [],
    )

/** Texts that were not read again are the same string, which is seen at once. */
const areSame = (some: readonly RuleFile[], others: readonly RuleFile[]): boolean =>
  some.length === others.length &&
  some.every(({ name, text }, place) => name === others[place]?.name && text === others[place].text)

const isError = ({ severity }: RuleSetProblem): boolean => severity === 'error'

/** How rules that are saved under a name are told of, as a file. */
export const savedFileName = (name: string): string => `saved/${name}.yml`

const savedFile = (name: string, text: string): RuleFile => ({ name: savedFileName(name), text, origin: 'user' })

/** The files of a shipped set; none where it is not there. */
export const readShipped = (folder: string, set: ShippedSet): readonly RuleFile[] => {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(isRuleFile)
      .sort()
      .map((name) => ({
        name: `rules/${set}/${name}`,
        text: readFileSync(join(folder, name), 'utf8'),
        origin: set,
      }))
  } catch {
    return []
  }
}
