import type { CelValue } from './values.ts'

/** A list under construction by a fold: adding to it changes it, so that a fold over n items takes n steps. */
export class ListBuilder extends Array<CelValue> {}
