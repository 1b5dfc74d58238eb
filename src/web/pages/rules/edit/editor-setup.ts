/** The editor of rule texts, as CodeMirror is told: keys, completion, marks of faults, colours of the page. */
import {
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, lintKeymap } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { ruleOffers } from './rule-completion.ts'

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: tags.string, color: 'var(--proven)' },
  { tag: [tags.number, tags.bool, tags.keyword, tags.atom], color: 'var(--medium)' },
  { tag: [tags.comment, tags.meta], color: 'var(--faint)' },
  { tag: [tags.punctuation, tags.separator, tags.operator], color: 'var(--dim)' },
])

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '12px', color: 'var(--text)', backgroundColor: 'var(--surface)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': {
    fontFamily: 'ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "DejaVu Sans Mono", monospace',
    lineHeight: '18px',
  },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-specialChar': { color: 'var(--high)' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--bg)', color: 'var(--faint)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--hover) 60%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--hover)', color: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--selected)',
  },
  '.cm-selectionMatch': { backgroundColor: 'var(--mark)' },
  '.cm-searchMatch': { backgroundColor: 'var(--mark)', outline: 'none' },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--text)', borderColor: 'var(--line)' },
  '.cm-panel.cm-search': { padding: '6px 8px' },
  '.cm-textfield': { backgroundColor: 'var(--surface)', border: '1px solid var(--control)', color: 'var(--text)' },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--surface)',
    border: '1px solid var(--line-strong)',
    color: 'var(--text)',
    borderRadius: '3px',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--raised)',
    color: 'var(--text)',
    border: '1px solid var(--line-strong)',
    borderRadius: '6px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--selected)', color: 'var(--text)' },
  '.cm-completionDetail': { color: 'var(--dim)', fontStyle: 'normal' },
  '.cm-diagnostic': { whiteSpace: 'pre-line', padding: '4px 8px' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--high)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--past)' },
  '.cm-lintRange-error': { backgroundImage: 'none', borderBottom: '2px solid var(--high)' },
  '.cm-lintRange-warning': { backgroundImage: 'none', borderBottom: '2px dotted var(--past)' },
  '.cm-lintRange-active': { backgroundColor: 'var(--removed)' },
  '.cm-matchingBracket': { backgroundColor: 'var(--mark)' },
})

const complete = (context: CompletionContext): CompletionResult | null => {
  const offers = ruleOffers(context.state.sliceDoc(0, context.pos))
  if (offers === undefined || offers.offers.length === 0) return null
  // Where nothing is typed yet, only a person who asks gets the list: it would cover what is read.
  if (offers.from === context.pos && !context.explicit) return null
  return {
    from: offers.from,
    options: offers.offers.map(({ insert, label, about }) => ({ label, detail: about, apply: insert })),
    filter: false,
  }
}

/** `onChange` is told of each new text. */
export const ruleEditor = (label: string, onChange: (text: string) => void): Extension => [
  lineNumbers(),
  lintGutter(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  history(),
  drawSelection(),
  highlightSpecialChars(),
  EditorView.lineWrapping,
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  highlightSelectionMatches(),
  search({ top: true }),
  autocompletion({ override: [complete], icons: false }),
  yaml(),
  syntaxHighlighting(colours),
  indentUnit.of('  '),
  EditorState.tabSize.of(2),
  // Else a text with CRLF would be saved with other line ends than it came with, and marks would stand beside their place.
  EditorState.lineSeparator.of('\n'),
  EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
  keymap.of([
    ...closeBracketsKeymap,
    ...completionKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...lintKeymap,
    indentWithTab,
  ]),
  look,
  EditorView.updateListener.of((update) => {
    if (update.docChanged) onChange(update.state.doc.toString())
  }),
]
