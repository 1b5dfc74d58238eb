import { type Severity, severities } from '../../model/finding.ts'
import { messages } from '../messages.ts'
import { ChoiceFilter } from './ChoiceFilter.tsx'

interface Props {
  readonly chosen: Severity | undefined
  readonly onChoose: (severity: Severity | undefined) => void
}

/** The mildest severity that is wanted. */
export const SeverityFilter = ({ chosen, onChoose }: Props) => (
  <ChoiceFilter
    label={messages.severity.atLeast}
    any={messages.severity.any}
    chosen={chosen}
    choices={severities.toReversed().map((severity) => ({
      value: severity,
      text: `${messages.severity.atLeast} ${messages.signs[severity]}`,
    }))}
    onChoose={onChoose}
  />
)
