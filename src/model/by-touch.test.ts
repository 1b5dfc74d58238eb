import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByTouch, type Touched } from './by-touch.ts'

interface Thing extends Touched<Thing> {
  readonly number: number
}

test('keeps the order of a Map from which what is touched is taken out and put in again', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('add', 'touch', 'forget', 'first'), fc.constantFrom(...'abcde')), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(steps, (all) => {
      const list = new ByTouch<Thing>()
      const plain = new Map<string, number>()
      for (const [number, [kind, name]] of all.entries()) {
        const key = kind === 'first' ? ([...plain.keys()][0] ?? '') : name
        const thing = list.get(key)
        assert.equal(thing?.number, plain.get(key))
        const old = plain.get(key)
        plain.delete(key)
        if (kind === 'add') {
          list.add({ key, number, before: undefined, after: undefined })
          plain.set(key, number)
        } else if (thing !== undefined && old !== undefined) {
          if (kind === 'touch') {
            list.moveToEnd(thing)
            plain.set(key, old)
          } else list.forget(thing)
        }
        assert.equal(list.first?.key, [...plain.keys()][0])
        assert.equal(list.size, plain.size)
        assert.deepEqual(
          list.all().map((one) => [one.key, one.number]),
          [...plain],
        )
      }
    }),
  )
})
