/** Texts of the page Outputs. */
import type { OutputRow } from '../../api/contract/detection.ts'

const outputStates: Readonly<Record<OutputRow['state'], string>> = {
  ok: 'delivers',
  failing: 'failing',
  'never-used': 'never used',
  digest: 'sums up',
}

export const outputMessages = {
  claim: 'Where cases are sent, and whether they arrive.',
  columns: {
    id: 'Output',
    to: 'To',
    state: 'State',
    sent: 'Sent',
    failed: 'Failed',
    waiting: 'Waiting',
    dead: 'Given up',
    budget: 'Budget an hour',
  },
  rows: 'Outputs',
  states: outputStates,
  show: 'Show payload',
  send: 'Send a test',
  sending: 'Sending …',
  payload: (id: string) => `Payload of ${id}`,
  wouldSend: 'This would be sent; nothing was.',
  wasSent: 'This was sent.',
  notSent: 'This was not taken.',
  answer: 'The other side said:',
  none: 'No output is set up: cases are only seen here. Name one in the settings, for example:',
  past: 'Tests are sent in the present: go back to live.',
  noBudget: 'none',
}
