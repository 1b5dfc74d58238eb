/** Under which name a rule of the user's own is saved on the page. Pure. */

/** Undefined for a rule that is kept elsewhere: a file, the cluster, a set that ships. */
export const savedName = ({ origin, file }: { readonly origin: string; readonly file: string }): string | undefined =>
  origin === 'user' ? /^saved\/([A-Za-z0-9_-]{1,64})\.yml$/.exec(file)?.[1] : undefined

export const isSavedName = (name: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(name)
