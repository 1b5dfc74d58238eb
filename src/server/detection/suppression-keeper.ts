/** The suppressions of the moment: those made on the page, those in files, those in the cluster, compiled as one. */
import type { SuppressionServices } from '../../api/detection-services.ts'
import {
  createSuppressions,
  type DeclaredSuppression,
  readSuppressionObjects,
  readSuppressions,
  requireSuppression,
  type Suppressions,
} from '../../detect/suppressions/index.ts'
import type { EventRow } from '../../model/answer.ts'
import type { Detection } from '../../model/detection.ts'
import { BulwarkError } from '../../model/error.ts'
import { isObject, type JsonObject } from '../../model/json.ts'
import type { RuleHead } from '../../model/rule.ts'
import type { Suppression, SuppressionSpec } from '../../model/suppression.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { Desk } from '../../store/desk/index.ts'
import { RuleFiles } from './rule-files.ts'

export interface SuppressionKeeperOptions {
  readonly desk: Desk
  readonly paths: readonly string[]
  /**
   * Objects of kind Suppression in the watched cluster. Undefined while the cluster is not known yet: those of before go on,
   * over a restart too, so that what they hide opens no case meanwhile.
   */
  readonly objects: () => Iterable<JsonObject> | undefined
  readonly rules: () => readonly RuleHead[]
  readonly now: () => Micros
  readonly onError: (message: string, error: unknown) => void
}

const lookMillis = 1000

export class SuppressionKeeper implements AsyncDisposable {
  readonly #options: SuppressionKeeperOptions
  readonly #files: RuleFiles
  #ofFiles: readonly DeclaredSuppression[] = []
  #declared: readonly DeclaredSuppression[] = []
  /** Those of the cluster, as they are in the desk. */
  #objects: readonly JsonObject[]
  #objectsMark: string
  #rules: readonly RuleHead[] = []
  #mark = ''
  #compiled: Suppressions
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()

  private constructor(options: SuppressionKeeperOptions) {
    this.#options = options
    this.#files = new RuleFiles(options.paths, 'user')
    this.#compiled = createSuppressions([], { rules: [], now: options.now() })
    const kept = options.desk.kept.read(keptObjects)
    this.#objects = Array.isArray(kept) ? kept.filter(isObject) : []
    this.#objectsMark = JSON.stringify(this.#objects)
  }

  static async open(options: SuppressionKeeperOptions): Promise<SuppressionKeeper> {
    const keeper = new SuppressionKeeper(options)
    const { desk, now } = options
    keeper.#compiled = createSuppressions([], { rules: [], saved: desk.kept.read(keptName) ?? null, now: now() })
    await keeper.look()
    return keeper
  }

  watch(): void {
    this.#timer = setInterval(() => {
      this.#looking = this.#looking
        .then(() => this.look())
        .catch((error: unknown) => this.#options.onError('suppressions cannot be looked at', error))
    }, lookMillis)
    this.#timer.unref()
  }

  /** Looks once for what changed. */
  async look(): Promise<void> {
    const reading = await this.#files.read()
    const now = this.#options.now()
    if (reading !== undefined) {
      // A file that cannot be read now is as it was: what it hid stays hidden, and its expiry holds.
      const kept = this.#ofFiles.filter(({ where }) => reading.unreadable.some((path) => where.startsWith(path)))
      this.#ofFiles = [
        ...reading.files.flatMap(({ name, text }) => readSuppressions(text, name, now).suppressions),
        ...kept,
      ]
    }
    this.#compile(now)
  }

  /** False where there is nothing that a row could be asked for. */
  wantsRows(): boolean {
    return this.#declared.length > 0
  }

  /** The suppression that hides a detection. `row` is of the event that completed it, where it is at hand. */
  match(detection: Detection, row: EventRow | undefined): string | undefined {
    // The row costs more than the question where there is nothing to ask.
    return this.#compiled.match(detection, this.wantsRows() ? rowOf(detection, row) : undefined)
  }

  /** All of them, as they are doing now. */
  list(): readonly Suppression[] {
    return this.#compiled.list(this.#options.now())
  }

  /** What has to be kept with what was counted. */
  save(): void {
    this.#options.desk.kept.write(keptName, this.#compiled.memory())
  }

  services(backtests: { isFor(id: string, spec: SuppressionSpec): boolean }): SuppressionServices {
    const { desk, now } = this.#options
    const list = () => ({ items: this.list() })
    return {
      list: async () => list(),
      save: async ({ backtest, ...spec }) => {
        requireSuppression(spec, now())
        if (!backtests.isFor(backtest, spec)) {
          throw new BulwarkError('SUPPRESSION_INVALID', {
            what: 'it was not tried on the record as it is written',
            where: `suppression “${spec.name}”, backtest`,
            mend: 'Run a back-test of this very text, and save it when that is done',
          })
        }
        const id = `page-${spec.name}`
        desk.durably(() => desk.suppressions.save({ ...spec, id, created: now() }))
        this.#compile(now())
        return list()
      },
      remove: async (id) => {
        if (!desk.durably(() => desk.suppressions.remove(id))) {
          const elsewhere = this.#declared.find((one) => one.id === id)
          throw new BulwarkError(elsewhere === undefined ? 'NOT_FOUND' : 'SUPPRESSION_INVALID', {
            what: elsewhere === undefined ? `there is no suppression "${id}"` : 'it was not made on the page',
            where: elsewhere?.where ?? '',
            mend: elsewhere === undefined ? 'GET /api/v1/suppressions lists them' : 'Remove it where it is written',
          })
        }
        this.#compile(now())
        return list()
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  #ofCluster(): readonly JsonObject[] {
    const { desk, objects } = this.#options
    const known = objects()
    if (known === undefined) return this.#objects
    const found = Array.from(known, withoutStatus)
    const mark = JSON.stringify(found)
    if (mark !== this.#objectsMark) {
      this.#objects = found
      desk.kept.write(keptObjects, found)
      this.#objectsMark = mark
    }
    return this.#objects
  }

  #compile(now: Micros): void {
    const { desk, rules } = this.#options
    const ofPage = desk.suppressions
      .kept()
      .map((one): DeclaredSuppression => ({ ...one, origin: 'page', where: '', problems: [] }))
    const declared = [...ofPage, ...this.#ofFiles, ...readSuppressionObjects(this.#ofCluster(), now).suppressions]
    const mark = JSON.stringify(declared)
    const heads = rules()
    if (mark === this.#mark && heads === this.#rules) return
    this.#mark = mark
    this.#rules = heads
    const uses = new Map(desk.suppressions.uses())
    // What was counted since the desk was written last.
    for (const { id, uses: count, lastUsed } of this.#compiled.list(now)) {
      const known = uses.get(id)
      if (count > (known?.uses ?? 0)) uses.set(id, { uses: count, lastUsed: parsed(lastUsed) })
    }
    this.#compiled = createSuppressions(declared, { rules: heads, uses, saved: this.#compiled.memory(), now })
    this.#declared = declared
  }
}

const keptName = 'suppressions'
const keptObjects = 'suppressions of the cluster'

/** What is read of an object: its name, when it was made, and what it says. */
const withoutStatus = ({ apiVersion = null, kind = null, metadata, spec = null }: JsonObject): JsonObject => {
  const { name = null, creationTimestamp = null } = isObject(metadata) ? metadata : {}
  return { apiVersion, kind, metadata: { name, creationTimestamp }, spec }
}

const parsed = (time: string | undefined): Micros => (time === undefined ? 0 : Date.parse(time) * 1000)

/** What a sensor did not know and the state of the cluster did: a suppression of the detection may name it. */
const joined = ({ target, node, container, image }: Detection, made: EventRow) => ({
  resource: made.resource || target.resource,
  namespace: made.namespace || target.namespace,
  name: made.name || target.name,
  node: made.node || node,
  container: container || made.container,
  image: made.image || image,
})

/**
 * The row that a query is asked of; `made` is the one of the event that completed the detection. Of a window whose events are
 * no longer at hand, what the detection tells of the last.
 */
export const rowOf = (detection: Detection, made: EventRow | undefined): EventRow => {
  const { target } = detection
  if (made !== undefined) return made.kind === 'runtime' ? { ...made, ...joined(detection, made) } : made
  return {
    id: detection.evidence[0] ?? '',
    kind: 'audit',
    time: formatMicros(detection.time),
    receivedAt: formatMicros(detection.receivedAt),
    cluster: detection.cluster,
    source: detection.source,
    user: detection.principal,
    impersonatedUser: detection.impersonated,
    verb: detection.verb,
    group: target.group,
    resource: target.resource,
    subresource: target.subresource,
    namespace: target.namespace,
    name: target.name,
    code: detection.code,
    decision: detection.refused ? 'forbid' : 'none',
    reason: '',
    level: '',
    stage: '',
    sourceIp: detection.sourceIp,
    userAgent: detection.userAgent,
    requestUri: '',
    node: detection.node,
    container: detection.container,
    image: detection.image,
    process: '',
    summary: detection.message,
  }
}
