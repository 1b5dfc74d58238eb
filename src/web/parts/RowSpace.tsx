/** The room of rows that are not drawn. */
export const RowSpace = ({ pixels }: { readonly pixels: number }) =>
  pixels > 0 ? <tr style={{ height: pixels }} /> : null
