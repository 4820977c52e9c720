export { filled, LANGUAGES, language, locale, preferred, speak, t } from "./speak.svelte";
export type { Key, Language, Values } from "./speak.svelte";
export { explained, inShort, type Explained, type Told } from "./problem";
export { ago, bytes, figure, moment, money } from "./when";
