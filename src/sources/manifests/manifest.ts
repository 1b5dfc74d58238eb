import type { JsonObject } from '../../model/json.ts'

/** A place in a text. Both count from 1; columns count UTF-16 units, as editors and SARIF do. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** One object found in a manifest, whatever its kind. */
export interface ManifestObject {
  readonly kind: 'object'
  /** As given on the command line or found below it; `<stdin>` for standard input. */
  readonly file: string
  readonly object: JsonObject
  /**
   * An object in a document with a duplicate key comes once for each of the key's values: `variants` times, the one that
   * kubectl takes first, as `variant` 0. Any other object comes once.
   */
  readonly variant: number
  readonly variants: number
  /**
   * Where a field of the object stands (`spec.containers[0].image`). A field that is missing is where it would have to be
   * added: the innermost part of its path that is there. With `within`, where that character of the field's text stands.
   */
  locate(path: string, within?: number): Position
}

/**
 * Something that could not be read, or was left out. `error`: something may have been missed, so the answer is not whole.
 * `note`: left out because it is none of our business, such as a YAML file that holds no Kubernetes object.
 */
export interface ManifestProblem {
  readonly kind: 'problem'
  readonly level: 'error' | 'note'
  readonly file: string
  /** Undefined where the whole file is meant. */
  readonly position: Position | undefined
  readonly message: string
  /** How to mend it; empty where there is nothing to say. */
  readonly mend: string
}

export type ManifestItem = ManifestObject | ManifestProblem
