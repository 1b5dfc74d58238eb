/** The same as `jsx-runtime.ts`, for `npm run web:dev`. */
import type { ElementType, Key } from 'react'
import { Fragment, jsx, jsxs } from './jsx-runtime.ts'

export type { JSX } from './jsx-runtime.ts'
export { Fragment }

export const jsxDEV = (type: ElementType, props: object, key: Key | undefined, isStatic: boolean) =>
  isStatic ? jsxs(type, props, key) : jsx(type, props, key)
