/**
 * A way to the other half of a part, in another thread. Messages arrive in the order in which they were sent, as structured
 * clones; buffers of `transfer` move there and are gone here.
 */
export interface Channel<In, Out> {
  send(message: Out, transfer?: readonly ArrayBuffer[]): void
  /** One listener; a later one takes the place of the one before. */
  receive(listener: (message: In) => void): void
  /** Resolves when the other thread is gone: nothing that was asked is answered any more. */
  readonly closed: Promise<void>
}
