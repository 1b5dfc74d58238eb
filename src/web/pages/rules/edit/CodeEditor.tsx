import { type Diagnostic, setDiagnostics } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import { ruleEditor } from './editor-setup.ts'
import type { Mark } from './rule-diagnostics.ts'

export interface EditorHandle {
  /** Puts the cursor there, in sight. */
  readonly goTo: (offset: number) => void
}

interface Props {
  readonly label: string
  readonly initial: string
  /** Shown first, counted from 1. */
  readonly line: number
  readonly marks: readonly Mark[]
  readonly onChange: (text: string) => void
  readonly ref?: Ref<EditorHandle>
}

/**
 * A text with lines, colours, completion and marks. It lives in a shadow root: there CodeMirror keeps its styles in a
 * constructed sheet, so that the page's `style-src 'self'` holds without an exception.
 */
export const CodeEditor = ({ label, initial, line, marks, onChange, ref }: Props) => {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const changed = useRef(onChange)
  changed.current = onChange
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is the editor's own once it is made
  useEffect(() => {
    const element = host.current
    if (!element) return
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' })
    const parent = root.appendChild(document.createElement('div'))
    parent.style.height = '100%'
    const made = new EditorView({
      state: EditorState.create({ doc: initial, extensions: ruleEditor(label, (text) => changed.current(text)) }),
      parent,
      root,
    })
    view.current = made
    const { from } = made.state.doc.line(Math.min(Math.max(line, 1), made.state.doc.lines))
    made.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'start' }) })
    return () => {
      made.destroy()
      parent.remove()
      view.current = undefined
    }
  }, [])
  useEffect(() => {
    const made = view.current
    if (!made) return
    const length = made.state.doc.length
    const diagnostics = marks.map(
      ({ from, to, severity, message }): Diagnostic => ({
        from: Math.min(from, length),
        to: Math.min(to, length),
        severity,
        message,
      }),
    )
    made.dispatch(setDiagnostics(made.state, diagnostics))
  }, [marks])
  useImperativeHandle(ref, () => ({
    goTo: (offset) => {
      const made = view.current
      if (!made) return
      const anchor = Math.min(offset, made.state.doc.length)
      made.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
      made.focus()
    },
  }))
  return <div ref={host} className="h-full min-h-0" />
}
