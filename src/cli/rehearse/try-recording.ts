import type { BacktestStatus } from '../../api/contract/detection.ts'
import { ruleSets } from '../../config/settings.ts'
import { createRuleLoader, type RuleFile } from '../../detect/rule-set.ts'
import { BulwarkError } from '../../model/error.ts'
import { formatMicros } from '../../model/time.ts'
import { type BacktestProgress, backtest, type Candidate as Tried } from '../../rehearse/backtest.ts'
import { suppressionCandidate } from '../../server/detection/backtests.ts'
import { recordingReader } from '../../server/detection/recording-reader.ts'
import { readRuleTexts } from '../rules/read-rules.ts'
import { shippedRules } from '../rules/shipped.ts'
import type { Candidate } from './candidate.ts'
import { type AskedPeriod, periodOfRecording } from './period.ts'

/** Tries it on a recording, beside the rules of the flags. `problems`: what of the recording could not be read. */
export const tryRecording = async (
  candidate: Candidate,
  file: string,
  options: AskedPeriod & { readonly rules: readonly string[]; readonly ruleSets?: string },
  stdin: AsyncIterable<Uint8Array>,
  tell: (ask: () => BacktestProgress) => void,
): Promise<{ readonly status: BacktestStatus; readonly problems: readonly string[] }> => {
  const recording = await recordingReader(file)
  const { from, to } = periodOfRecording(options, recording)
  const files = [...setsOf(options.ruleSets ?? 'bulwark'), ...(await userRules(options.rules, stdin))]
  const { load } = createRuleLoader()
  const current = { files, set: load(files), enabled: () => true, load }
  let ask: (() => BacktestProgress) | undefined
  for await (ask of backtest(triedOf(candidate), current, recording.reader, { from, to })) tell(ask)
  if (ask === undefined) throw new Error('the back-test told of nothing')
  const { isWhole: _, ...told } = ask()
  return {
    status: {
      id: '',
      state: 'done',
      error: undefined,
      from: formatMicros(from),
      to: formatMicros(to),
      ...told,
      gaps: await recording.gapsIn(from, to),
    },
    problems: recording.problems(),
  }
}

const triedOf = (candidate: Candidate): Tried =>
  candidate.kind === 'rule'
    ? { kind: 'rule', text: candidate.text, replaces: candidate.replaces }
    : suppressionCandidate(candidate.suppression, Date.now() * 1000)

const setsOf = (names: string): readonly RuleFile[] => {
  if (names === 'none') return []
  return names.split(',').flatMap((name) => {
    const set = ruleSets.find((known) => known === name.trim())
    if (set !== undefined) return shippedRules(set)
    throw new BulwarkError('CONFIG_INVALID', {
      what: `there is no set "${name.trim()}"`,
      where: '--rule-sets',
      mend: `It is one of ${ruleSets.join(', ')}, or none`,
    })
  })
}

const userRules = async (paths: readonly string[], stdin: AsyncIterable<Uint8Array>): Promise<readonly RuleFile[]> => {
  const { texts, unreadable } = await readRuleTexts(paths, stdin)
  const [problem] = unreadable
  if (problem !== undefined) throw new BulwarkError('NOT_FOUND', { what: problem.what, where: problem.file })
  return texts.map(({ path, text }) => ({ name: path, text, origin: 'user' }))
}
