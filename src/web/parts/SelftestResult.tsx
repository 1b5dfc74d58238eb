import type { RuleSelftest } from '../../api/contract/detection.ts'
import type { RuleOrigin } from '../../model/rule.ts'
import { messages } from '../messages.ts'
import { CopyBlock } from './CopyButton.tsx'
import { Moment } from './Moment.tsx'
import { SelftestShape, selftestWord } from './SelftestMark.tsx'
import { selftestCommand, selftestState } from './selftest-state.ts'

interface Props {
  readonly rule: string
  readonly origin: RuleOrigin
  readonly selftest: RuleSelftest | undefined
}

/** What the last self-test found of a rule, with the reason, and how to try it again. */
export const SelftestResult = ({ rule, origin, selftest }: Props) => {
  const state = selftestState(selftest)
  const texts = messages.coverage.selftest
  const isTried = origin === 'bulwark'
  return (
    <>
      <p className="sign">
        <SelftestShape state={state} />
        {selftestWord(selftest)}
      </p>
      {selftest?.isOutdated && (
        <p className="text-dim">
          {texts.changed} {texts.foundBefore(selftest.kind)}
        </p>
      )}
      {selftest !== undefined && selftest.why !== '' && <p className="text-dim wrap-anywhere">{selftest.why}</p>}
      {selftest !== undefined && (
        <p className="text-dim wrap-anywhere">
          <Moment time={selftest.at} as="age" /> {texts.by(selftest.by)}
          {selftest.act !== '' && (
            <>
              {' · '}
              {texts.act} <span className="font-mono text-12">{selftest.act}</span>
            </>
          )}
        </p>
      )}
      {!isTried && <p className="text-dim">{texts.onlyOurs}</p>}
      {isTried && state !== 'fired' && (
        <div className="pt-1.5">
          <CopyBlock text={selftestCommand(rule)} label={selftest === undefined ? texts.tryIt : texts.tryAgain} />
        </div>
      )}
    </>
  )
}
