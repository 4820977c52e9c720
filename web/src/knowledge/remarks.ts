import type { DocumentRemark, DocumentView } from "../api/types";
import { explained, t, type Key, type Values } from "../words";
import english from "../words/remarks.en";

/** A remark as it is shown; `lang` is there where that is not the language of the page. */
export interface Shown {
  words: string;
  lang?: "en";
  /** The server's own English on the reason in them, which says more than its code. */
  detail?: string;
}

/** What is remarked on a document, in the language that is spoken; what has no words here in the server's English. */
export function remarksOf({ remarked, remarks = [] }: DocumentView): Shown[] {
  return (remarked ?? remarks.map((words) => ({ words }))).map(shown);
}

function shown({ words, code = "", values = {} }: DocumentRemark): Shown {
  const key = `remarks.${code}` as Key;
  const told = Object.hasOwn(english, code) && names(t(key)).every((name) => Object.hasOwn(values, name));
  if (!told) return { words, lang: "en" };
  const [filled, detail] = reasoned(values);
  return { words: t(key, filled), ...(detail && { detail }) };
}

/** What a sentence wants to be filled in; rows of before have their code alone. */
function names(sentence: string): string[] {
  return [...sentence.matchAll(/\{(\w+)/g)].map((found) => found[1] ?? "");
}

/** With the reason in the language that is spoken, by its code or else its kind; and what the server itself says of it. */
function reasoned(values: Values): [Values, string] {
  const { why, problem, kind = problem } = values;
  if (why === undefined || problem === undefined) return [values, ""];
  const told = { status: 422, kind: String(kind), code: String(problem), hint: "", retryAfter: 0 };
  const { what, detail } = explained({ ...told, message: String(why) });
  return [{ ...values, why: what }, detail];
}
