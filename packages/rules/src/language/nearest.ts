/** `; did you mean above?`, or nothing where no known word is like it. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : `; did you mean ${near}?`;
}

/** The known word that is most like one, if one is like it at all: a third of its letters may differ. */
function nearest(word: string, known: readonly string[]): string | null {
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const one of known) {
    const distance = editsBetween(wanted, one.toLowerCase());
    if (distance < least) {
      best = one;
      least = distance;
    }
  }
  return best ?? known.find((one) => wanted.length > 3 && one.toLowerCase().includes(wanted)) ?? null;
}

/** Letters added, left out, changed or swapped with their neighbour (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let twoAgo: number[] = [];
  let before = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min((before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (twoAgo[j - 2] ?? 0) + 1);
      }
      row.push(edits);
    }
    twoAgo = before;
    before = row;
  }
  return before[b.length] ?? 0;
}
