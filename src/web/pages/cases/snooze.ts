/** Until when a case can be snoozed, in the viewer's own days. Times as RFC 3339. */
export const snoozeChoices = (
  now: Date,
): readonly { readonly name: 'hour' | 'morning' | 'week'; readonly until: string }[] => {
  const morning = new Date(now)
  morning.setDate(morning.getDate() + 1)
  morning.setHours(9, 0, 0, 0)
  const after = (hours: number): string => new Date(now.getTime() + hours * 3_600_000).toISOString()
  return [
    { name: 'hour', until: after(1) },
    { name: 'morning', until: morning.toISOString() },
    { name: 'week', until: after(7 * 24) },
  ]
}
