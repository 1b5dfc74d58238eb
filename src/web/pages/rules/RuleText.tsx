import { yamlLanguage } from '@codemirror/lang-yaml'
import { classHighlighter, highlightCode } from '@lezer/highlight'
import type { ReactNode } from 'react'

/** Texts longer than this are shown without colours: reading them must not hold the page up. */
const longest = 60_000

/** A rule's text with YAML's parts told apart. */
export const RuleText = ({ text }: { readonly text: string }) => (
  <code className="block font-mono text-12 whitespace-pre">{text.length > longest ? text : highlighted(text)}</code>
)

const highlighted = (text: string): readonly ReactNode[] => {
  const parts: ReactNode[] = []
  const put = (code: string, classes: string): void => {
    parts.push(
      classes === '' ? (
        code
      ) : (
        <span key={parts.length} className={classes}>
          {code}
        </span>
      ),
    )
  }
  highlightCode(text, yamlLanguage.parser.parse(text), classHighlighter, put, () => parts.push('\n'))
  return parts
}
