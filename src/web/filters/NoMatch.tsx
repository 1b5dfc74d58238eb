import { Empty } from '../parts/Empty.tsx'

interface Props {
  readonly said: string
  /** What taking the filters away is called. */
  readonly clear: string
  readonly onClear: () => void
}

/** Filters that leave nothing, and the way out of them. */
export const NoMatch = ({ said, clear, onClear }: Props) => (
  <Empty
    kind="noMatch"
    actions={
      <button type="button" className="btn" onClick={onClear}>
        {clear}
      </button>
    }
  >
    {said}
  </Empty>
)
