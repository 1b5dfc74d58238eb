/** How a gap is drawn in every chart: what the record cannot speak for is hatched. To be used as `fill="url(#id)"`. */
export const HatchPattern = ({ id }: { readonly id: string }) => (
  <defs>
    <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <rect width="6" height="6" fill="var(--hatch)" opacity="0.12" />
      <line x1="0" x2="0" y1="0" y2="6" stroke="var(--hatch)" strokeWidth="2" opacity="0.75" />
    </pattern>
  </defs>
)
