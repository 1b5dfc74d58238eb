/** Where a suppression is made that is filled in from a case. */
export const suppressionHref = (caseId: string): string => `/suppressions?case=${encodeURIComponent(caseId)}`
