/** Go through the links of a list with the arrow keys, Home and End; gives whether the key was one of them. */
export function stepped(event: KeyboardEvent, list: HTMLElement | undefined): boolean {
  const links = [...(list?.querySelectorAll<HTMLElement>("a[href]") ?? [])];
  const at = links.indexOf(event.target as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (at < 0 || to === undefined) return false;
  links[Math.min(Math.max(to, 0), links.length - 1)]?.focus();
  return true;
}
