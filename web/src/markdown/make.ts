/** An element with its attributes and what is in it; text is text. */
export function make(
  tag: string,
  attributes: Record<string, string> = {},
  ...inside: (Node | string)[]
): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
}

/** A button; what it does is told by `does`, which the one listener of the text hears. */
export function button(does: string, label: string, more: Record<string, string> = {}): HTMLElement {
  return make("button", { type: "button", "data-does": does, ...more }, label);
}
