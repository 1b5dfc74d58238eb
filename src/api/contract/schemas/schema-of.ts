import { z } from '@hono/zod-openapi'
import type { JsonObject, JsonValue } from '../../../model/json.ts'

/**
 * What becomes of a type when it goes over the wire: members that may be undefined are left out, nothing is readonly, and
 * any JSON is any JSON.
 */
export type Wire<T> = JsonValue extends T
  ? AnyJson
  : JsonObject extends T
    ? AnyJson
    : T extends readonly (infer Item)[]
      ? Wire<Item>[]
      : T extends object
        ? Whole<{ [K in keyof T as MayMiss<T[K]> extends true ? never : K]: Wire<T[K]> }> &
            Whole<{ [K in keyof T as MayMiss<T[K]> extends true ? K : never]?: Wire<Exclude<T[K], undefined>> }>
        : T

type MayMiss<T> = unknown extends T ? false : undefined extends T ? true : false
type Whole<T> = { -readonly [K in keyof T]: T[K] }
interface AnyJson {
  readonly anyJson: true
}

/** True when both types take and give exactly the same values. */
type Same<A, B> = [A, B] extends [B, A] ? true : false

/** True when both types are the same over the wire. */
export type SameOnWire<A, B> = Same<Wire<A>, Wire<B>>

/**
 * Names a schema in the OpenAPI document and proves, while compiling, that it is the schema of `Type`: when the two
 * differ in a member, the schema is refused.
 */
export const schemaOf =
  <Type>() =>
  <Schema extends z.ZodType>(
    name: string,
    schema: Schema & (Same<Wire<Type>, Wire<z.output<Schema>>> extends true ? unknown : { differsFrom: Wire<Type> }),
  ): Schema =>
    schema.openapi(name)

/** Any JSON: bodies of objects and events. */
export const anyJson = z.unknown().openapi({ description: 'Any JSON.' })
/** Any JSON object. */
export const anyJsonObject = z.record(z.string(), z.unknown())
