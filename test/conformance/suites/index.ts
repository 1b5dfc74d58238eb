import type { Suite } from '../suite.ts'

/** Every suite, by name. A suite file beside this one that is not listed here fails `registered.test.ts`. */
export const suites: readonly Suite[] = []
