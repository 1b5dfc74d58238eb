/**
 * Names of fields as expressions must write them where the type is known: what is no identifier is escaped, a reserved word
 * stands between underscores. After Kubernetes v1.37.2 `apiserver/pkg/cel/escaping.go`.
 */
const reserved: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

const replacements: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
}

/** The name that stands for a field; undefined where no expression can name it. */
export function escapeField(name: string): string | undefined {
  if (reserved.has(name)) return reservedField(name)
  if (!/^[a-zA-Z_./-][a-zA-Z0-9_./-]*$/.test(name)) return undefined
  return name.replaceAll(/__|[-./]/g, (part) => replacements[part] ?? part)
}

/** How the field of a reserved word is kept; an expression may write the word itself after a dot, where the grammar lets it. */
export const reservedField = (name: string): string | undefined => (reserved.has(name) ? `__${name}__` : undefined)
