import type { BacktestServices, OutputServices, SuppressionServices } from '../../api/detection-services.ts'
import { BulwarkError } from '../../model/error.ts'

const refuse = (what: string) => async (): Promise<never> => {
  throw new BulwarkError('NOT_FOUND', { what: `${what} are not served by this Bulwark` })
}

/** The parts of detection that this server does not have. */
export const suppressionsNotServed: SuppressionServices = {
  list: async () => ({ items: [] }),
  save: refuse('suppressions'),
  remove: refuse('suppressions'),
}

export const backtestsNotServed: BacktestServices = {
  start: refuse('back-tests'),
  status: refuse('back-tests'),
  cancel: refuse('back-tests'),
  subscribe: () => () => {},
}

export const outputsNotServed: OutputServices = {
  list: async () => ({ items: [] }),
  test: refuse('outputs'),
}
