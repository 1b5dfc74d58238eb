/** The judge in the thread of the records: what goes to it, and what comes back. */
import type { DetectorStatus } from '../../detect/detector.ts'
import { createRuleLoader, type RuleFile, type RuleSet } from '../../detect/rule-set.ts'
import type { SubjectOf } from '../../detect/subject.ts'
import type { Channel, LiveSink } from '../../recorder/index.ts'
import { Judge, type Judged, type JudgeStart, type RunningJudge } from './judge.ts'
import { type RuleSource, runningOf } from './rule-source.ts'

/** Files only where they are others than before. */
type NewRules = Omit<RuleSource, 'files'> & { readonly files: readonly RuleFile[] | undefined }

export type ToJudge =
  | { readonly kind: 'begin'; readonly start: JudgeStart; readonly source: RuleSource; readonly wantsRows: boolean }
  | { readonly kind: 'rules'; readonly rules: NewRules }
  | { readonly kind: 'rows'; readonly wanted: boolean }
  | { readonly kind: 'finish' }

export type FromJudge =
  | { readonly kind: 'judged'; readonly judged: Judged }
  | { readonly kind: 'status'; readonly status: DetectorStatus }
  | { readonly kind: 'failed'; readonly message: string; readonly why: string }
  | { readonly kind: 'finished' }

export interface JudgeElsewhereOptions {
  readonly channel: Channel<FromJudge, ToJudge>
  /** Of the rules that run now. */
  readonly source: () => RuleSource
  /** Whether somebody asks for the rows of what completes detections; asked often. */
  readonly wantsRows: () => boolean
  readonly onError: (message: string, error: unknown) => void
}

const noStatus: DetectorStatus = {
  rulesRunning: 0,
  judged: 0,
  detections: 0,
  failed: 0,
  lastFailure: '',
  droppedByFalco: 0,
  baselines: [],
  late: 0,
  ahead: 0,
  evictedGroups: 0,
  droppedEntries: 0,
  cutCombinations: 0,
}

/** The half beside the flow: `judge` of its options. */
export const judgeElsewhere =
  ({ channel, source, wantsRows, onError }: JudgeElsewhereOptions) =>
  (start: JudgeStart, give: (judged: Judged) => void): RunningJudge => {
    const finished = Promise.withResolvers<void>()
    let status = noStatus
    let sentFiles = source().files
    let rowsSent = wantsRows()
    const askForRows = (): void => {
      const wanted = wantsRows()
      if (wanted === rowsSent) return
      rowsSent = wanted
      channel.send({ kind: 'rows', wanted })
    }
    channel.receive((message) => {
      askForRows()
      switch (message.kind) {
        case 'judged':
          give(message.judged)
          break
        case 'status':
          status = message.status
          break
        case 'failed':
          onError(message.message, new Error(message.why))
          break
        case 'finished':
          finished.resolve()
      }
    })
    channel.send({ kind: 'begin', start, source: source(), wantsRows: rowsSent })
    return {
      use: () => {
        const { files, ...rest } = source()
        channel.send({ kind: 'rules', rules: { ...rest, files: files === sentFiles ? undefined : files } })
        sentFiles = files
      },
      status: () => status,
      finish: () => {
        channel.send({ kind: 'finish' })
        return Promise.race([finished.promise, channel.closed])
      },
      [Symbol.dispose]: () => {},
    }
  }

const statusMillis = 200

/** The half in the thread of the records. `sink` is there once the other half has begun. */
export const judgeHere = (
  channel: Channel<ToJudge, FromJudge>,
  subjectOf: SubjectOf,
): { readonly sink: () => LiveSink | undefined } => {
  let judge: Judge | undefined
  const loader = createRuleLoader()
  let set: RuleSet = loader.load([])
  let wantsRows = false
  let told = ''
  const tellStatus = (): void => {
    if (judge === undefined) return
    const status = judge.status()
    const mark = JSON.stringify(status)
    if (mark === told) return
    told = mark
    channel.send({ kind: 'status', status })
  }
  channel.receive((message) => {
    switch (message.kind) {
      case 'begin': {
        set = loader.load(message.source.files)
        wantsRows = message.wantsRows
        const options = {
          ...message.start,
          rules: runningOf(message.source, set),
          subjectOf,
          wantsRows: () => wantsRows,
          onError: (what: string, error: unknown) =>
            channel.send({
              kind: 'failed',
              message: what,
              why: error instanceof Error ? error.message : String(error),
            }),
        }
        judge = new Judge(options, (judged) =>
          channel.send({ kind: 'judged', judged }, judged.kind === 'state' ? moved(judged.bytes) : []),
        )
        tellStatus()
        setInterval(tellStatus, statusMillis).unref()
        break
      }
      case 'rules': {
        if (message.rules.files !== undefined) set = loader.load(message.rules.files)
        judge?.use(runningOf(message.rules, set))
        tellStatus()
        break
      }
      case 'rows':
        wantsRows = message.wanted
        break
      case 'finish':
        judge?.tellState()
        judge?.[Symbol.dispose]()
        tellStatus()
        channel.send({ kind: 'finished' })
    }
  })
  return { sink: () => judge?.sink }
}

/** Bytes that fill their buffer move; a piece of a larger one is cloned with it, so that it had better be small. */
const moved = (bytes: Uint8Array): readonly ArrayBuffer[] =>
  bytes.buffer instanceof ArrayBuffer && bytes.length === bytes.buffer.byteLength && bytes.length > 4096
    ? [bytes.buffer]
    : []
