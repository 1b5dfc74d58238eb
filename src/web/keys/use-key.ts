/** Binds what keys ask for to what pages do. The binding made last is asked first, so a panel goes before its page. */
import { useLayoutEffect, useRef } from 'react'
import { type KeyAction, noKeys, pressKey } from './keymap.ts'

/** Answers a key; `false` means that it has nothing to do, and the binding before it is asked. */
export type KeyHandler = () => boolean | undefined

const bindings = new Map<KeyAction, KeyHandler[]>()

/** While the component is there, `handler` answers the key: bound before it is painted, so that whoever sees it can use it. */
export const useKey = (action: KeyAction, handler: KeyHandler): void => {
  const latest = useRef(handler)
  latest.current = handler
  useLayoutEffect(() => {
    const bound: KeyHandler = () => latest.current()
    const stack = bindings.get(action) ?? []
    bindings.set(action, [...stack, bound])
    return () => {
      bindings.set(
        action,
        (bindings.get(action) ?? []).filter((other) => other !== bound),
      )
    }
  }, [action])
}

/** Listens to the whole page. Called once, by the frame. */
export const useKeys = (): void => {
  useLayoutEffect(() => {
    let state = noKeys
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return
      // Of an editor in a shadow root the event tells only the host, but its path begins inside.
      const [innermost] = event.composedPath()
      const target = innermost instanceof Element ? innermost : undefined
      const typing =
        target?.closest('input, textarea, select, [contenteditable="true"]') !== null && target !== undefined
      const inOverlay = document.querySelector('dialog[open], :popover-open') !== null
      const pressed = pressKey(state, {
        key: event.key,
        mod: event.ctrlKey || event.metaKey,
        alt: event.altKey,
        typing,
        millis: event.timeStamp,
      })
      state = pressed.state
      if (!pressed.action || (inOverlay && pressed.action !== 'palette')) return
      // Enter on a control is that control's own.
      if (pressed.action === 'open' && target?.closest('a, button, summary, [role="option"]')) return
      if (pressed.action === 'back' && typing && target instanceof HTMLElement) {
        target.blur()
        event.preventDefault()
        return
      }
      if (run(pressed.action)) event.preventDefault()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
}

const run = (action: KeyAction): boolean => {
  const stack = bindings.get(action) ?? []
  for (let index = stack.length - 1; index >= 0; index -= 1) {
    if (stack[index]?.() !== false) return true
  }
  return false
}
