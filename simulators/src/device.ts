/** The seam to `@veilleur/codec`: makes the frame of a profile that decodes to `data`. */
export type Encode = (
  profileId: string,
  data: unknown,
) => { readonly bytes: Uint8Array; readonly fPort: number };
