/** Plans a fold (`all`, `map`, `transformMap` …), after cel-go v0.29.2 `evalFold` of `interpreter/interpretable.go`. */

import type { Comprehension } from './ast.ts'
import type { Frame, Run } from './frame.ts'
import { goName } from './go-names.ts'
import { ListBuilder } from './list-builder.ts'
import { ValueMap } from './map-values.ts'
import type { PlanContext, Planned } from './planned.ts'
import { CelError, CelMap, type CelValue, isError, isList } from './values.ts'

export function planFold(planner: PlanContext, expr: Comprehension): Planned {
  const init = planner.run(expr.init)
  const range = planner.run(expr.range)
  const accu = planner.newLocal()
  const first = planner.newLocal()
  const second = expr.iterVar2 === undefined ? undefined : planner.newLocal()
  const accumulated = accumulator(accu, init)
  const inside = <T>(body: () => T): T =>
    planner.withLocal(expr.accuVar, accumulated, () =>
      planner.withLocal(expr.iterVar, local(first), () =>
        expr.iterVar2 === undefined || second === undefined
          ? body()
          : planner.withLocal(expr.iterVar2, local(second), body),
      ),
    )
  const condition = inside(() => planner.run(expr.condition))
  const step = inside(() => planner.run(expr.step))
  const result = planner.withLocal(expr.accuVar, accumulated, () => planner.run(expr.result))

  /** One item; false ends the fold. */
  const turn = (frame: Frame): boolean => {
    if (condition(frame) === false) return false
    frame.locals[accu] = step(frame)
    return true
  }

  const run: Run = (frame) => {
    const items = range(frame)
    if (isError(items)) return items
    frame.locals[accu] = undefined
    if (second === undefined) {
      const single = isList(items) ? items : items instanceof CelMap ? items.keys() : undefined
      if (single === undefined) return new CelError(`got '${goName(items)}', expected iterable type`)
      for (const item of single) {
        frame.locals[first] = item
        if (!turn(frame)) break
      }
    } else if (isList(items)) {
      for (let i = 0; i < items.length; i++) {
        frame.locals[first] = BigInt(i)
        frame.locals[second] = items[i] ?? null
        if (!turn(frame)) break
      }
    } else if (items instanceof CelMap) {
      for (const key of items.keys()) {
        frame.locals[first] = key
        frame.locals[second] = items.find(key) ?? null
        if (!turn(frame)) break
      }
    } else return new CelError(`unsupported comprehension range type: ${goName(items)}`)
    return finished(result(frame))
  }
  return { kind: 'other', run }
}

const local =
  (slot: number): Run =>
  (frame) =>
    frame.locals[slot] ?? null

/** The accumulator gets its first value when it is first read: optMap binds a variable this way, which its body may not use. */
const accumulator =
  (slot: number, init: Run): Run =>
  (frame) => {
    const value = frame.locals[slot]
    if (value !== undefined) return value
    const made = builder(init(frame))
    frame.locals[slot] = made
    return made
  }

/** An empty list or map is gathered in place: a fold over n items takes n steps, not n squared. */
function builder(value: CelValue): CelValue {
  if (isList(value) && value.length === 0) return new ListBuilder()
  if (!(value instanceof CelMap) || value.size > 0) return value
  const map = new ValueMap()
  map.growing = true
  return map
}

function finished(value: CelValue): CelValue {
  if (value instanceof ListBuilder) return Array.from<CelValue>(value)
  if (value instanceof ValueMap) value.growing = false
  return value
}
