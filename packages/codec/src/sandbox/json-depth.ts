const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Whether valid JSON nests deeper than `maxDepth`, without parsing it: 256 KB hold 131,000 brackets, and
 * whoever walks such a value by recursion runs out of stack.
 */
export function isDeeperThan(json: string, maxDepth: number): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at += 1) {
    const unit = json.charCodeAt(at);
    if (inText) {
      if (unit === BACKSLASH) at += 1;
      else if (unit === QUOTE) inText = false;
    } else if (unit === QUOTE) {
      inText = true;
    } else if (unit === 91 /* [ */ || unit === 123 /* { */) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (unit === 93 /* ] */ || unit === 125 /* } */) {
      depth -= 1;
    }
  }
  return false;
}
