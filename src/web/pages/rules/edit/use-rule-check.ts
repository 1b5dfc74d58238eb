/** What the server says of a text, once it rests. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { RuleCheck } from '../../../../api/contract/detection.ts'
import { ruleCheckQuery } from '../../../api/rule-queries.ts'
import { type Mark, marksOf } from './rule-diagnostics.ts'

export interface Checked {
  /** What was said last; of `text`. */
  readonly answer: RuleCheck | undefined
  readonly text: string
  readonly marks: readonly Mark[]
  readonly errors: number
  readonly warnings: number
  /** True while the newest text is not judged yet. */
  readonly checking: boolean
  readonly error: Error | null
}

/** How long a text must rest, in milliseconds. */
const settles = 350

/** @param savedAs the name under which the text is saved, whose rules it stands in place of */
export const useRuleCheck = (text: string, savedAs: string | undefined): Checked => {
  const [settled, setSettled] = useState(text)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), settles)
    return () => clearTimeout(timer)
  }, [text])
  const check = useQuery(ruleCheckQuery(settled, savedAs))
  // While a newer text is judged, the marks of the one before stay: they would flicker else.
  const last = useRef<{ readonly text: string; readonly answer: RuleCheck }>(undefined)
  if (check.data !== undefined && last.current?.answer !== check.data) {
    last.current = { text: settled, answer: check.data }
  }
  const known = last.current
  const marks = useMemo(() => (known ? marksOf(known.text, known.answer.problems) : []), [known])
  const problems = known?.answer.problems ?? []
  return {
    answer: known?.answer,
    text: known?.text ?? '',
    marks,
    errors: problems.filter(({ severity }) => severity === 'error').length,
    warnings: problems.filter(({ severity }) => severity === 'warning').length,
    checking: known?.text !== text && check.error === null,
    error: check.error,
  }
}
