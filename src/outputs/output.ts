import type { Case } from '../model/case.ts'

/** Kinds of outputs, each in a file of its own. */
export const outputTypes = [
  'slack',
  'teams',
  'email',
  'pagerduty',
  'alertmanager',
  'webhook',
  'syslog',
  'kubernetes-event',
] as const
export type OutputType = (typeof outputTypes)[number]

/** What is told: a case as it stands now, or the many that a budget held back. */
export type Notice =
  | {
      readonly kind: 'case'
      /** `changed`: by a new detection or by a person. */
      readonly event: 'opened' | 'changed' | 'closed'
      readonly case: Case
      /** Address of the case's page. */
      readonly link: string
      /** True: nothing happened, somebody tries whether it arrives. */
      readonly isTest: boolean
    }
  | {
      readonly kind: 'digest'
      readonly from: string
      readonly to: string
      readonly cases: readonly { readonly case: Case; readonly link: string }[]
      /** Cases that did not fit into the list. */
      readonly more: number
    }

/**
 * What an output has to remember of a case that it told of, so that the next message goes to the same place (a Slack
 * thread, an e-mail's message id). Opaque to everybody else; holds no secret.
 */
export type Thread = Readonly<Record<string, string>>

/** A place that cases are sent to. */
export interface Output {
  readonly id: string
  readonly type: OutputType
  /** Where it goes, for people: a host, a channel, never a token or the path of a webhook. */
  readonly to: string
  /** True where a later word on the same case edits the first message, or updates the same incident. */
  readonly editsInPlace: boolean
  /** The payload that would be sent, with secrets left out. */
  preview(notice: Notice, thread: Thread | undefined): string
  /**
   * Sends it and resolves with the thread of the case. Throws {@link DeliveryFailure}.
   * The same notice may be sent twice after a crash; outputs that can tell do (`dedup_key`, edit in place).
   */
  send(notice: Notice, thread: Thread | undefined): Promise<Thread | undefined>
  close(): Promise<void>
}

/** Why something did not arrive. */
export class DeliveryFailure extends Error {
  /** False where trying again cannot help: the other side refused what was sent. */
  readonly retry: boolean
  /** The other side asked to wait so long. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    message: string,
    options: { readonly retry: boolean; readonly retryAfterSeconds?: number; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.name = 'DeliveryFailure'
    this.retry = options.retry
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
