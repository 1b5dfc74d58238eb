import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { RouteId, Routes } from '../contract/routes.ts'
import { errorAnswer } from '../contract/schemas/answers.ts'
import type { SameOnWire } from '../contract/schemas/schema-of.ts'

type NoShape = Readonly<Record<never, never>>

/** How a route that answers with JSON is made: the contract's own types decide what fits. */
export interface JsonRoute<Params extends z.ZodObject, Shape extends z.ZodRawShape, Answer extends z.ZodType> {
  readonly summary: string
  readonly tag: string
  readonly params?: Params
  /** Exactly the query parameters that the contract names; others are refused, so that a misspelt one is not lost. */
  readonly query: Shape
  readonly answer: Answer
  /** What the request carries, where the contract says that it does. */
  readonly body?: z.ZodType
}

/** The JSON that a route takes; undefined where it takes none. */
type BodyOf<Id extends RouteId> = Routes[Id] extends { readonly body: infer Body } ? Body : undefined

/** The query parameters that the contract names. */
type Named<Id extends RouteId> = Extract<Routes[Id]['query'], string>

/**
 * Registers a route of the contract. The schema of the answer and the names of the query parameters are held to
 * `Routes[id]` while compiling; the OpenAPI document is made from the same schemas.
 */
export const answerJson = <
  Id extends RouteId,
  Answer extends z.ZodType,
  Params extends z.ZodObject = z.ZodObject<NoShape>,
  Shape extends z.ZodRawShape & Record<Named<Id>, z.ZodType> = z.ZodRawShape & Record<Named<Id>, z.ZodType>,
>(
  api: OpenAPIHono,
  id: Id,
  route: JsonRoute<Params, Shape, Answer> &
    (SameOnWire<Routes[Id]['answer'], z.output<Answer>> extends true ? unknown : { readonly answerDiffers: never }) &
    (keyof Shape extends Named<Id> ? unknown : { readonly queryDiffers: never }) &
    (Routes[Id] extends { readonly body: infer Body } ? { readonly body: z.ZodType<Body> } : { readonly body?: never }),
  handle: (input: {
    readonly params: z.output<Params>
    readonly query: z.output<z.ZodObject<Shape>>
    readonly body: BodyOf<Id>
  }) => Promise<Routes[Id]['answer']> | Routes[Id]['answer'],
): void => {
  const definition = createRoute({
    ...methodAndPath(id),
    summary: route.summary,
    tags: [route.tag],
    request: {
      params: route.params ?? z.object({}),
      query: z.strictObject(route.query),
      ...(route.body !== undefined && {
        body: { required: true, content: { 'application/json': { schema: route.body } } },
      }),
    },
    responses: {
      200: { description: 'The answer.', content: { 'application/json': { schema: route.answer } } },
      ...faults,
    },
  })
  api.openapi(definition, async (context) => {
    // The validators of this very definition gave these values; the compiler cannot follow them through the generics.
    const params = context.req.valid('param') as z.output<Params>
    const query = context.req.valid('query') as z.output<z.ZodObject<Shape>>
    // Whether a definition has a body is not known to the types of the library here.
    const valid: unknown =
      route.body === undefined ? undefined : Reflect.apply(context.req.valid, context.req, ['json'])
    const body = valid as BodyOf<Id>
    const answer = await handle({ params, query, body })
    return context.body(JSON.stringify(answer), 200, { 'content-type': 'application/json' })
  })
}

const methods = { GET: 'get', POST: 'post', PUT: 'put', DELETE: 'delete' } as const
type Method = keyof typeof methods

const isMethod = (text: string): text is Method => Object.hasOwn(methods, text)

export const methodAndPath = <Id extends RouteId>(
  id: Id,
): { readonly method: (typeof methods)[Method]; readonly path: string } => {
  const space = id.indexOf(' ')
  const method = id.slice(0, space)
  return { method: isMethod(method) ? methods[method] : 'get', path: id.slice(space + 1) }
}

const fault = (description: string) => ({ description, content: { 'application/json': { schema: errorAnswer } } })

/** What every route may answer instead. */
export const faults = {
  400: fault('A parameter or a query text cannot be understood.'),
  401: fault('Not signed in.'),
  403: fault('Refused: the request comes from another site, or the Host is not ours.'),
  404: fault('Not in the record, or not there at that moment.'),
  409: fault('Somebody else was faster, or it cannot be changed in this way.'),
  500: fault('A fault of Bulwark, or of its store.'),
  503: fault('The store does not answer now: try again.'),
}
