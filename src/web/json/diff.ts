/** Two texts side by side: which lines are the same, and which were added, removed or changed. Pure, bounded. */

/** One row of the comparison. Line numbers start at 1. */
export type DiffRow =
  | { readonly kind: 'same'; readonly left: DiffLine; readonly right: DiffLine }
  | { readonly kind: 'changed'; readonly left: DiffLine; readonly right: DiffLine }
  | { readonly kind: 'removed'; readonly left: DiffLine; readonly right: undefined }
  | { readonly kind: 'added'; readonly left: undefined; readonly right: DiffLine }

export interface DiffLine {
  readonly number: number
  readonly text: string
}

/** Rows with those far from any change taken together. `at` is the index of the first row that is hidden. */
export type FoldedRow = DiffRow | { readonly kind: 'fold'; readonly at: number; readonly rows: number }

/** More edits than this are not looked for: what is left is shown as replaced. Bounds time and memory. */
const maxEdits = 1500

/** Compares two lists of lines by the shortest edit script (Myers 1986, O(ND)), after the common ends are set aside. */
export const diffLines = (left: readonly string[], right: readonly string[]): readonly DiffRow[] => {
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1
  let end = 0
  while (
    end < left.length - start &&
    end < right.length - start &&
    left[left.length - 1 - end] === right[right.length - 1 - end]
  ) {
    end += 1
  }
  const a = left.slice(start, left.length - end)
  const b = right.slice(start, right.length - end)
  const kept = commonPairs(a, b)
  const rows: DiffRow[] = []
  for (let index = 0; index < start; index += 1) rows.push(same(left, index, right, index))
  let i = 0
  let j = 0
  for (const [x, y] of [...kept, [a.length, b.length] as const]) {
    pushReplaced(rows, left, start + i, start + x, right, start + j, start + y)
    if (x < a.length) rows.push(same(left, start + x, right, start + y))
    i = x + 1
    j = y + 1
  }
  for (let index = end; index > 0; index -= 1) rows.push(same(left, left.length - index, right, right.length - index))
  return rows
}

/** Hides runs of equal rows, but for `context` rows beside a change. Runs whose first index is in `opened` stay. */
export const foldRows = (
  rows: readonly DiffRow[],
  context: number,
  opened: ReadonlySet<number>,
): readonly FoldedRow[] => {
  const near = new Uint8Array(rows.length)
  rows.forEach((row, index) => {
    if (row.kind === 'same') return
    for (let at = Math.max(0, index - context); at <= Math.min(rows.length - 1, index + context); at += 1) near[at] = 1
  })
  const result: FoldedRow[] = []
  for (let index = 0; index < rows.length; ) {
    let to = index
    while (to < rows.length && near[to] === 0) to += 1
    // A fold that hides one row would take as much room as the row.
    if (to - index > 1 && !opened.has(index)) {
      result.push({ kind: 'fold', at: index, rows: to - index })
      index = to
      continue
    }
    const upTo = Math.max(to, index + 1)
    for (; index < upTo; index += 1) {
      const row = rows[index]
      if (row) result.push(row)
    }
  }
  return result
}

/** Where two lines differ: the lengths of what they share at the start and at the end. */
export const sharedEnds = (left: string, right: string): { readonly start: number; readonly end: number } => {
  const shorter = Math.min(left.length, right.length)
  let start = 0
  while (start < shorter && left[start] === right[start]) start += 1
  let end = 0
  while (end < shorter - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1
  return { start, end }
}

const same = (left: readonly string[], i: number, right: readonly string[], j: number): DiffRow => ({
  kind: 'same',
  left: { number: i + 1, text: left[i] ?? '' },
  right: { number: j + 1, text: right[j] ?? '' },
})

/** Lines that were replaced stand beside each other, as far as both sides have one. */
const pushReplaced = (
  rows: DiffRow[],
  left: readonly string[],
  i: number,
  iEnd: number,
  right: readonly string[],
  j: number,
  jEnd: number,
): void => {
  const both = Math.min(iEnd - i, jEnd - j)
  for (let step = 0; step < Math.max(iEnd - i, jEnd - j); step += 1) {
    const l: DiffLine = { number: i + step + 1, text: left[i + step] ?? '' }
    const r: DiffLine = { number: j + step + 1, text: right[j + step] ?? '' }
    if (step < both) rows.push({ kind: 'changed', left: l, right: r })
    else if (i + step < iEnd) rows.push({ kind: 'removed', left: l, right: undefined })
    else rows.push({ kind: 'added', left: undefined, right: r })
  }
}

/** The pairs of equal lines that a shortest edit script keeps, in order; none when it would take too many edits. */
const commonPairs = (a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] => {
  const max = Math.min(a.length + b.length, maxEdits)
  const offset = max + 1
  let frontier = new Int32Array(2 * max + 3)
  const trace: Int32Array[] = []
  for (let d = 0; d <= max; d += 1) {
    trace.push(frontier.slice(offset - d - 1, offset + d + 2))
    const next = frontier.slice()
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (frontier[offset + k - 1] ?? 0) < (frontier[offset + k + 1] ?? 0))
      let x = down ? (frontier[offset + k + 1] ?? 0) : (frontier[offset + k - 1] ?? 0) + 1
      let y = x - k
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x += 1
        y += 1
      }
      next[offset + k] = x
      if (x >= a.length && y >= b.length) return backtrack(trace, d, k, x, y)
    }
    frontier = next
  }
  return []
}

const backtrack = (
  trace: readonly Int32Array[],
  edits: number,
  diagonal: number,
  xEnd: number,
  yEnd: number,
): readonly (readonly [number, number])[] => {
  const pairs: (readonly [number, number])[] = []
  let x = xEnd
  let y = yEnd
  let k = diagonal
  for (let d = edits; d >= 0; d -= 1) {
    const frontier = trace[d]
    const at = (diag: number): number => frontier?.[diag + d + 1] ?? 0
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1))
    const before = down ? k + 1 : k - 1
    const xBefore = d === 0 ? 0 : at(before)
    const yBefore = d === 0 ? 0 : xBefore - before
    const xStart = d === 0 ? 0 : down ? xBefore : xBefore + 1
    while (x > xStart && y > 0 && x > 0) {
      x -= 1
      y -= 1
      pairs.push([x, y])
    }
    x = xBefore
    y = yBefore
    k = before
  }
  return pairs.reverse()
}
