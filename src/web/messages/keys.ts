/** Texts of the sheet of keys. */

export const keySheetMessages = {
  title: 'Keys',
  note: 'Keys do nothing while you type in a field; Esc leaves it.',
  groups: [
    {
      title: 'Anywhere',
      keys: [
        ['Ctrl K or ⌘ K', 'search or jump'],
        ['g n', 'go to Now'],
        ['g c', 'go to Cases'],
        ['g e', 'go to Events'],
        ['g w', 'go to Workloads'],
        ['g r', 'go to Rules'],
        ['g u', 'go to Suppressions'],
        ['g v', 'go to Coverage'],
        ['g s', 'go to Sources'],
        ['g o', 'go to Outputs'],
        ['?', 'this sheet'],
      ],
    },
    {
      title: 'Lists',
      keys: [
        ['j  k', 'next, previous row'],
        ['Enter', 'open the row'],
        ['Esc', 'close, step back'],
        ['/', 'to the query or filter'],
      ],
    },
    {
      title: 'Cases',
      keys: [
        ['e', 'close, with a reason'],
        ['a', 'take it'],
        ['h', 'snooze it'],
        ['s', 'make a suppression of it'],
        ['x', 'choose it, for m'],
        ['m', 'merge the chosen ones'],
        ['z', 'undo'],
      ],
    },
    {
      title: 'Time',
      keys: [
        ['[  ]', 'earlier, later'],
        ['l', 'live'],
        ['←  →', 'in a chart: move; with Shift: select; Enter: show the selection'],
      ],
    },
  ] as readonly { readonly title: string; readonly keys: readonly (readonly [string, string])[] }[],
} as const
