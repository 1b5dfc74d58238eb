import { type Event, parseEvents, YAMLException } from 'js-yaml'

/** A document that parses. Offsets of the events are offsets in `source`, which may differ from the text that was given. */
export interface ParsedYaml {
  readonly source: string
  readonly events: readonly Event[]
  /** The offset in the given text for an offset in `source`. */
  originalOffset(offset: number): number
}

/** Why a document does not parse, and where in the given text. */
export interface YamlFault {
  readonly message: string
  readonly offset: number
}

/** Deeper nesting is refused: no object of Kubernetes comes near it. */
const maxDepth = 1000

const deficient = 'deficient indentation'

/** How much text may be parsed again to mend indentation. */
const maxReparsed = 100_000_000

/**
 * Parses one document. YAML wants the lines of a flow collection or a quoted text to be indented more than what holds
 * them; kubectl's parser does not, and people write the closing bracket below the key. Such lines are indented and the
 * document is parsed again.
 */
export const parseYaml = (text: string): ParsedYaml | YamlFault => {
  const mended = new Mended(text)
  for (let budget = maxReparsed; ; budget -= mended.source.length) {
    try {
      const events = parseEvents(mended.source, { maxDepth })
      return { source: mended.source, events, originalOffset: (offset) => mended.originalOffset(offset) }
    } catch (error) {
      // Its `message` would show lines of the text, and these may hold secrets.
      if (!(error instanceof YAMLException)) throw error
      const offset = error.mark?.position ?? 0
      const canMend = error.reason === deficient && budget > 0 && mended.indentLineAt(offset)
      if (canMend) continue
      const atEnd = offset >= mended.source.trimEnd().length
      const message =
        atEnd && error.reason === deficient ? 'it ends inside a list, a mapping or a quoted text' : error.reason
      return { message, offset: mended.originalOffset(offset) }
    }
  }
}

/** A text in which some lines were given more indentation. */
class Mended {
  source: string
  /** Where each indentation begins in `source`, in order. */
  #starts: number[] = []

  constructor(text: string) {
    this.source = text
  }

  /** False when the line was indented before, so that it must be something else that is wrong. */
  indentLineAt(offset: number): boolean {
    const before = Math.max(this.source.lastIndexOf('\n', offset - 1), this.source.lastIndexOf('\r', offset - 1))
    const start = before + 1
    if (start === 0 || start >= this.source.length || this.#starts.includes(start)) return false
    this.source = this.source.slice(0, start) + indentation + this.source.slice(start)
    this.#starts = [...this.#starts.map((one) => (one > start ? one + indentation.length : one)), start].sort(
      (a, b) => a - b,
    )
    return true
  }

  originalOffset(offset: number): number {
    let added = 0
    for (const start of this.#starts) {
      if (start >= offset) break
      added += Math.min(indentation.length, offset - start)
    }
    return offset - added
  }
}

const indentation = ' '.repeat(200)
