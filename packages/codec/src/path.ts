/** A dotted path into a decoder's `data`, such as `channel_a.history`. */
export type Path = readonly string[];

export function parsePath(text: string): Path {
  return text.split('.');
}

/**
 * The value at a path, or undefined. Own properties only: a decoder's field named `constructor` or a
 * path through a string must not reach into JavaScript.
 */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** The fields that a mapping reads, as a tree: `true` is a leaf that is read whole. */
export interface PathTree {
  whole: boolean;
  readonly children: Map<string, PathTree>;
}

export function emptyPathTree(): PathTree {
  return { whole: false, children: new Map() };
}

export function addPath(tree: PathTree, path: Path): void {
  let node = tree;
  for (const name of path) {
    let child = node.children.get(name);
    if (child === undefined) {
      child = emptyPathTree();
      node.children.set(name, child);
    }
    node = child;
  }
  node.whole = true;
}

/**
 * The paths of `data` that the tree does not read, each once; elements of an array share theirs
 * (`history[].delta_L`). An object of which nothing is read is one path, not one for each leaf.
 */
export function pathsOutside(tree: PathTree, data: unknown): string[] {
  const found = new Set<string>();
  walk(tree, data, '', found);
  return [...found];
}

function walk(node: PathTree, value: unknown, at: string, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const element of value) walk(node, element, at === '' ? '[]' : `${at}[]`, found);
    return;
  }
  if (typeof value !== 'object' || value === null) {
    found.add(at);
    return;
  }
  for (const name of Object.keys(value)) {
    const child = node.children.get(name);
    if (child?.whole === true) continue;
    const path = at === '' ? name : `${at}.${name}`;
    if (child === undefined) found.add(path);
    else walk(child, (value as Record<string, unknown>)[name], path, found);
  }
}
