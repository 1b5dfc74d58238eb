/** Texts of the page Sources. */

export const sourcesMessages = {
  claim: 'What Bulwark listens to, how each one does, and what it does not get to see.',
  columns: {
    source: 'Source',
    state: 'State',
    since: 'Since',
    rate: 'Rate',
    lag: 'Lag',
    records: 'Records',
    lastGap: 'Last gap',
    quarantined: 'Unreadable',
    test: 'Test',
  },
  noGap: 'none',
  test: 'Test',
  testing: 'Testing …',
  testOk: 'The test passed.',
  testBad: 'The test found a fault.',
  missing: 'What it does not see',
  connect: 'Connect another source',
  connectNote: 'Commands fit this Bulwark and can be copied as they stand.',
  none: 'No source is connected: nothing is recorded.',
  noLag: '–',
  past: 'A source can be tested only now, not in the past.',
  step: (value: number) => `Step ${value}`,
} as const
