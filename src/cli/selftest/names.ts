/** What marks what is a self-test's. */
export const mark = 'bulwark.dev/selftest'
export const untilKey = 'bulwark.dev/selftest-until'
export const agent = 'bulwark-selftest'
/** How long a run may take, before the next one takes its namespaces for left over. */
export const longestMinutes = 15
/** How many empty Secrets are made. */
export const secrets = 22
