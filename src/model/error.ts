/**
 * Every code that a thrown BulwarkError can carry, with what it means. One table: docs/errors.md is made from it,
 * and a test holds the two together. A code never changes its meaning.
 */
export const errorCodes = {
  CONFIG_INVALID: 'A setting (flag, environment variable or file) has a value that cannot be used.',
  DATA_DIR_LOCKED: 'Another Bulwark runs on the same data directory.',
  PORT_IN_USE: 'The address to listen on is taken by another program.',
  KUBECONFIG_MISSING: 'No kubeconfig was found where one was asked for.',
  KUBECONFIG_INVALID: 'The kubeconfig cannot be read, or its context is incomplete.',
  CLUSTER_UNREACHABLE: 'The API server does not answer.',
  CLUSTER_UNAUTHORIZED: 'The API server refuses our credentials.',
  SPOOL_WRITE_FAILED: 'The spool cannot be written: nothing was acknowledged.',
  SPOOL_FULL: 'The disk guard refuses new records because too little space is left.',
  SPOOL_VERSION: 'The spool was written by a newer Bulwark.',
  STORE_UNAVAILABLE: 'The store does not answer.',
  STORE_QUERY_FAILED: 'The store refused or could not finish a query.',
  STORE_MIGRATION: 'The store has a schema that this Bulwark does not know.',
  DESK_FAILED: 'The database of cases, rules and suppressions cannot be read or written.',
  QUERY_SYNTAX: 'A query text cannot be understood.',
  RECORDING_INVALID: 'A recording file is damaged or of an unknown format.',
  NOT_FOUND: 'The thing asked for is not in the record.',
  REQUEST_INVALID: 'A request to the API has a parameter that cannot be used.',
  OVERLOADED: 'Too much is asked at once: nothing was done.',
  INTERNAL: 'Bulwark itself is at fault.',
  UNAUTHENTICATED: 'The request carries no valid credentials.',
  FORBIDDEN: 'The credentials do not allow this.',
  OUTPUT_REFUSED: 'An address to send to is not allowed, or an output is set up wrongly.',
  SUPPRESSION_INVALID:
    'A suppression cannot be used: it has no owner, reason or expiry, or says something that cannot be read.',
  CASE_CONFLICT: 'A case was changed meanwhile, or cannot be changed in this way.',
  RULES_INVALID: 'A rules file was refused: the rules that ran before go on.',
  RULES_CONFLICT: 'Saved rules were changed by somebody else since they were read: nothing was saved.',
  RUNTIME_MISSING: 'A part that this command needs (web page, library) is not installed or not built.',
} as const

/** A stable name of a kind of failure, a key of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes

/** What an error has to tell: what is wrong, where (file, line, object, address), and how to mend it. */
export interface ErrorDetail {
  readonly what: string
  readonly where?: string
  readonly mend?: string
  readonly cause?: unknown
}

/** The only error that Bulwark throws on purpose. `message` is made of what, where and mend, ready to be shown. */
export class BulwarkError extends Error {
  readonly code: ErrorCode
  readonly what: string
  readonly where: string | undefined
  readonly mend: string | undefined

  constructor(code: ErrorCode, detail: ErrorDetail) {
    const where = detail.where === undefined ? '' : ` (${detail.where})`
    const mend = detail.mend === undefined ? '' : `. ${detail.mend}`
    super(`${detail.what}${where}${mend}`, { cause: detail.cause })
    this.name = 'BulwarkError'
    this.code = code
    this.what = detail.what
    this.where = detail.where
    this.mend = detail.mend
  }
}
