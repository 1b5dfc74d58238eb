/** What was asked of the other half over a channel, and waits for an answer. */
export class Asks<Answer> {
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #last = 0

  /** Resolves with the answer. `send` is called with the number that the answer is to come back with. */
  ask(send: (ask: number) => void): Promise<Answer> {
    const ask = ++this.#last
    return new Promise((resolve) => {
      this.#waiting.set(ask, resolve)
      send(ask)
    })
  }

  answer(ask: number, answer: Answer): void {
    this.#waiting.get(ask)?.(answer)
    this.#waiting.delete(ask)
  }

  /** Answers all that wait: from the other half nothing comes any more. */
  answerAll(answer: Answer): void {
    for (const ask of this.#waiting.keys()) this.answer(ask, answer)
  }
}
