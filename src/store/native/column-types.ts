/**
 * The types of columns that the tables have, as their values stand in Native: src/DataTypes/Serializations of ClickHouse,
 * https://clickhouse.com/docs/interfaces/formats/Native.
 */
import { Bytes } from './bytes.ts'

/** Takes the values of a column, row by row, and gives their bytes. */
export interface ColumnWriter<Value> {
  add(value: Value): void
  chunks(): readonly Uint8Array[]
}

/** A type of ClickHouse; `Value` is what it is made from. */
export interface ColumnType<Value> {
  readonly name: string
  writer(): ColumnWriter<Value>
}

/** Each value for itself, one behind the other. */
const plain = <Value>(name: string, put: (bytes: Bytes, value: Value) => void): ColumnType<Value> => ({
  name,
  writer: () => {
    const bytes = new Bytes()
    return { add: (value) => put(bytes, value), chunks: () => bytes.chunks() }
  },
})

export const text: ColumnType<string> = plain('String', (bytes, value) => bytes.text(value))

export const bool: ColumnType<boolean> = plain('Bool', (bytes, value) => bytes.uint8(value ? 1 : 0))

export const uint16: ColumnType<number> = plain('UInt16', (bytes, value) => bytes.uint16(value))

export const uint32: ColumnType<number> = plain('UInt32', (bytes, value) => bytes.uint32(value))

/** Whole numbers up to 2^53. */
export const uint64: ColumnType<number> = plain('UInt64', (bytes, value) => bytes.uint64(value))

/** Microseconds since 1970, up to 2^53. */
export const instant: ColumnType<number> = plain("DateTime64(6, 'UTC')", (bytes, value) => bytes.uint64(value))

/** From 32 hex digits. Two numbers of 64 bits, the front half of the digits first, each little-endian. */
export const uuid: ColumnType<string> = plain('UUID', (bytes, digits) => {
  for (const at of [8, 0, 24, 16]) bytes.uint32(Number.parseInt(digits.slice(at, at + 8), 16))
})

/** `undefined` is NULL. A byte for each row that says whether it is NULL stands before the values. */
export const nullableUint64: ColumnType<number | undefined> = {
  name: 'Nullable(UInt64)',
  writer: () => {
    const isNull = new Bytes()
    const values = new Bytes()
    return {
      add: (value) => {
        isNull.uint8(value === undefined ? 1 : 0)
        values.uint64(value ?? 0)
      },
      chunks: () => [...isNull.chunks(), ...values.chunks()],
    }
  },
}

/** The layout of SerializationLowCardinality.cpp: keys stand in the block itself, and an index for each row. */
const sharedDictionariesWithAdditionalKeys = 1
const hasAdditionalKeys = 2 ** 9
const needsUpdateOfDictionary = 2 ** 10

/** Texts that repeat: each different one stands once, and is neither encoded nor hashed again for the other rows. */
export const repeatedText: ColumnType<string> = {
  name: 'LowCardinality(String)',
  writer: () => {
    const numbers = new Map<string, number>()
    const keys = new Bytes()
    const rows: number[] = []
    const add = (value: string): void => {
      let number = numbers.get(value)
      if (number === undefined) {
        number = numbers.size
        numbers.set(value, number)
        keys.text(value)
      }
      rows.push(number)
    }
    const chunks = (): readonly Uint8Array[] => {
      const width = numbers.size <= 2 ** 8 ? 0 : numbers.size <= 2 ** 16 ? 1 : 2
      const head = new Bytes()
      head.uint64(sharedDictionariesWithAdditionalKeys)
      head.uint64(hasAdditionalKeys + needsUpdateOfDictionary + width)
      head.uint64(numbers.size)
      const indexes = new Bytes()
      indexes.uint64(rows.length)
      const put = width === 0 ? 'uint8' : width === 1 ? 'uint16' : 'uint32'
      for (const row of rows) indexes[put](row)
      return [...head.chunks(), ...keys.chunks(), ...indexes.chunks()]
    }
    return { add, chunks }
  },
}
