/** What the parent tells the process around chDB, once. Any later message asks it to finish its work and end. */
export interface ChildOptions {
  readonly dir: string
  readonly maxMemory: number
  readonly querySessions: number
  readonly password: string
  readonly listen: { readonly socket: string } | { readonly port: number }
}

/** What the process answers, once. `port` is 0 where it listens on a socket file. */
export type ChildReport =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string }
