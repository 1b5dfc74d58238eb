/**
 * How elements are made here: as React makes them, but text of users and clusters is put on the page by `visibleText`.
 * A name with U+202E in it would otherwise turn the sentence around it, and one with U+200B look like another name. It is
 * done here, in the one place that every text comes through, so that no page can forget it. The compiler and Vite are told
 * by `jsxImportSource`.
 *
 * Components are looked after too, not elements alone: those of libraries (a link) make their elements without us.
 */
import type { ElementType, ExoticComponent, Key, ReactElement } from 'react'
import { Fragment, type JSX as ReactJsx, jsx as reactJsx, jsxs as reactJsxs } from 'react/jsx-runtime'
import { visibleProps } from './visible-props.ts'

export { Fragment }

type Shown = ReactElement | false | null

export namespace JSX {
  /** A component of ours gives elements: a text that it returned as it is would come past us. */
  export type ElementType =
    | keyof ReactJsx.IntrinsicElements
    | ExoticComponent<never>
    | ((props: never) => Shown | readonly Shown[])
  export type Element = ReactJsx.Element
  export type ElementAttributesProperty = ReactJsx.ElementAttributesProperty
  export type ElementChildrenAttribute = ReactJsx.ElementChildrenAttribute
  export type LibraryManagedAttributes<C, P> = ReactJsx.LibraryManagedAttributes<C, P>
  export type IntrinsicAttributes = ReactJsx.IntrinsicAttributes
  export type IntrinsicElements = ReactJsx.IntrinsicElements
}

export const jsx = (type: ElementType, props: object, key?: Key) => reactJsx(type, visibleProps(props), key)

export const jsxs = (type: ElementType, props: object, key?: Key) => reactJsxs(type, visibleProps(props), key)
