/** Words in one text, `temp tmp temperature`, because a list of quoted words is read by nobody. */
export function words(...texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.flatMap((text) => text.split(/\s+/).filter((word) => word !== '')));
}
