/** Where a suppression is made that is filled in from a case. */
export const suppressionHref = (caseId: string): string => `/suppressions?from=${encodeURIComponent(caseId)}`
