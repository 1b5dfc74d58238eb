/**
 * How elements are made here: as React makes them, but text of users and clusters is put on the page by `visibleText`.
 * A name with U+202E in it would otherwise turn the sentence around it, and one with U+200B look like another name. It is
 * done here, in the one place that every text comes through, so that no page can forget it. The compiler and Vite are told
 * by `jsxImportSource`.
 *
 * Components are looked after too, not elements alone: those of libraries (a link) make their elements without us.
 */
import type { ElementType, Key } from 'react'
import { Fragment, jsx as reactJsx, jsxs as reactJsxs } from 'react/jsx-runtime'
import { visibleProps } from './visible-props.ts'

export type { JSX } from 'react/jsx-runtime'
export { Fragment }

export const jsx = (type: ElementType, props: object, key?: Key) => reactJsx(type, visibleProps(props), key)

export const jsxs = (type: ElementType, props: object, key?: Key) => reactJsxs(type, visibleProps(props), key)
