/**
 * Put the nodes of `fresh` where those of `before` stand, in the parent of them, in front of `behind`. What is the same
 * stays the same node, so that a growing end does not flicker, and a selection in it holds. Gives the nodes that stand
 * there now.
 */
export function patched(
  parent: Node,
  before: readonly Node[],
  fresh: readonly Node[],
  behind: Node | null,
): Node[] {
  let same = 0;
  while (same < before.length && same < fresh.length && before[same]?.isEqualNode(fresh[same] ?? null))
    same++;
  const now: Node[] = before.slice(0, same);
  const [old, next] = [before[same], fresh[same]];
  if (old && next && grows(old, next)) {
    now.push(old);
    same++;
  }
  for (const node of before.slice(same)) parent.removeChild(node);
  for (const node of fresh.slice(same)) now.push(parent.insertBefore(node, behind));
  return now;
}

/** Make the node `old` like `next`, if it is of the same kind; gives whether it is. */
function grows(old: Node, next: Node): boolean {
  if (old instanceof Text && next instanceof Text) {
    if (next.data.startsWith(old.data)) old.appendData(next.data.slice(old.length));
    else old.data = next.data;
    return true;
  }
  if (!(old instanceof Element && next instanceof Element) || old.tagName !== next.tagName) return false;
  if (!old.cloneNode(false).isEqualNode(next.cloneNode(false))) return false;
  patched(old, [...old.childNodes], [...next.childNodes], null);
  return true;
}
