/**
 * Whether a key belongs to an input method that composes: Enter chooses a word then, and Escape drops one. Browsers say
 * so by `isComposing`, or (Safari, behind the end of the composition) by the key code 229 alone.
 */
export function composing(press: { isComposing: boolean; keyCode: number }): boolean {
  return press.isComposing || press.keyCode === 229;
}
