/** What keys mean. Pure: the caller says which key was pressed, when, and where the focus was. */

/** One thing that a key can ask for. Pages answer those that they know. */
export const keyActions = [
  'palette',
  'sheet',
  'query',
  'next',
  'previous',
  'open',
  'back',
  'earlier',
  'later',
  'live',
  'select',
  'close-case',
  'assign',
  'snooze',
  'suppress',
  'merge',
  'undo',
  'go-now',
  'go-cases',
  'go-events',
  'go-workloads',
  'go-rules',
  'go-suppressions',
  'go-coverage',
  'go-sources',
  'go-outputs',
] as const
export type KeyAction = (typeof keyActions)[number]

/** A pressed key, as far as its meaning depends on it. */
export interface KeyPress {
  readonly key: string
  readonly mod: boolean
  readonly alt: boolean
  /** True when the focus is where text is typed. */
  readonly typing: boolean
  readonly millis: number
}

/** A `g` that waits for its letter. */
export interface KeyState {
  readonly pending: 'g' | undefined
  readonly since: number
}

export const noKeys: KeyState = { pending: undefined, since: 0 }

/** How long a `g` waits for its letter, in milliseconds. */
const patience = 1500

const plain: Readonly<Record<string, KeyAction>> = {
  '?': 'sheet',
  '/': 'query',
  j: 'next',
  k: 'previous',
  Enter: 'open',
  '[': 'earlier',
  ']': 'later',
  l: 'live',
  x: 'select',
  e: 'close-case',
  a: 'assign',
  h: 'snooze',
  s: 'suppress',
  m: 'merge',
  z: 'undo',
}

const afterG: Readonly<Record<string, KeyAction>> = {
  n: 'go-now',
  c: 'go-cases',
  e: 'go-events',
  w: 'go-workloads',
  r: 'go-rules',
  u: 'go-suppressions',
  v: 'go-coverage',
  s: 'go-sources',
  o: 'go-outputs',
}

/** The action that a key asks for, if any, and the state to give with the next key. */
export const pressKey = (
  state: KeyState,
  press: KeyPress,
): { readonly state: KeyState; readonly action: KeyAction | undefined } => {
  if (press.mod && !press.alt && press.key.toLowerCase() === 'k') return { state: noKeys, action: 'palette' }
  if (press.key === 'Escape') return { state: noKeys, action: 'back' }
  if (press.mod || press.alt || press.typing) return { state: noKeys, action: undefined }
  if (state.pending === 'g' && press.millis - state.since <= patience && Object.hasOwn(afterG, press.key)) {
    return { state: noKeys, action: afterG[press.key] }
  }
  if (press.key === 'g') return { state: { pending: 'g', since: press.millis }, action: undefined }
  return { state: noKeys, action: Object.hasOwn(plain, press.key) ? plain[press.key] : undefined }
}
