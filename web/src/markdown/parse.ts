import { Marked, type Lexer, type Token, type TokenizerAndRendererExtension, type TokensList } from "marked";
import { paired, tamed } from "./tame";

/** A text as HTML that says it. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const FORMULAS: readonly [RegExp, boolean][] = [
  [/^\$\$((?:\\[\s\S]|[^\\$]){1,2000}?)\$\$/, true],
  [/^\\\[([\s\S]{1,2000}?)\\\]/, true],
  [/^\\\(([\s\S]{1,1000}?)\\\)/, false],
  // As Pandoc has it: no white space inside at the signs, and no digit behind, so that prices stay prices.
  [/^\$(?![\s$])((?:\\[^\n]|[^\\$\n]){1,500}?)(?<!\s)\$(?!\d)/, false],
];

const maths: TokenizerAndRendererExtension = {
  name: "maths",
  level: "inline",
  start: (src: string) => src.match(/\$|\\[([]/)?.index,
  tokenizer(src: string) {
    for (const [form, display] of FORMULAS) {
      const found = form.exec(src);
      if (found) return { type: "maths", raw: found[0], tex: (found[1] ?? "").trim(), display };
    }
    return undefined;
  },
  renderer(token) {
    const told = token as unknown as { tex: string; display: boolean };
    return `<code class="${told.display ? "maths display" : "maths"}">${escaped(told.tex)}</code>`;
  },
};

/** A footnote stays where it is written: read as the definition of a link, its words would be an address. */
const note: TokenizerAndRendererExtension = {
  name: "note",
  level: "block",
  tokenizer(src: string) {
    const found =
      /^ {0,3}(\[\^[^\]\s]{1,100}\]:)((?:[^\n]*)(?:\n(?![ \t]*(?:\n|$)| {0,3}\[\^)[^\n]+)*)\n*/.exec(src);
    if (!found) return undefined;
    return { type: "note", raw: found[0], mark: found[1], tokens: this.lexer.inline(found[2] ?? "") };
  },
  renderer(token) {
    return `<p>${escaped((token as unknown as { mark: string }).mark)}${this.parser.parseInline(token.tokens ?? [])}</p>\n`;
  },
};

const marked = new Marked({
  gfm: true,
  extensions: [maths, note],
  renderer: {
    code({ text, lang }) {
      const language = /^[\w.+#-]{1,40}/.exec(lang ?? "")?.[0] ?? "";
      return `<pre><code class="${language && `language-${language.toLowerCase()}`}">${escaped(text)}</code></pre>\n`;
    },
    // The turn it stands in has a heading of its own: what an answer calls its first level is below that.
    heading({ tokens, depth }) {
      return `<h${Math.min(depth + 2, 6)} class="head-${depth}">${this.parser.parseInline(tokens)}</h${Math.min(depth + 2, 6)}>\n`;
    },
    html: ({ text, block }) => {
      // Never ended, it would hide all that follows: then it is no comment.
      if (/^\s*<!--/.test(text) && !text.includes("-->")) return `<p>${escaped(text)}</p>`;
      return tamed(block ? paired(text) : text);
    },
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
});

type Links = TokensList["links"];

/**
 * HTML of a chunk of Markdown, not yet safe. `links` are the definitions that are known; those of the chunk are added.
 * Definitions whose labels are among `shown` are written out.
 */
export function parsed(raw: string, links: Links, shown?: ReadonlySet<string>): string {
  const lexer = new marked.Lexer(marked.defaults);
  lexer.tokens.links = links;
  const tokens: Token[] = lexer.lex(raw);
  if (!shown?.size) return marked.parser(tokens);
  return marked.parser(tokens.map((token) => writtenOut(token, shown, lexer)));
}

function writtenOut(token: Token, shown: ReadonlySet<string>, lexer: Lexer): Token {
  if (token.type !== "def" || !shown.has((token as { tag: string }).tag)) return token;
  const raw = token.raw.trim();
  const label = raw.slice(0, raw.indexOf("]:") + 2);
  const text = { type: "text", raw: label, text: label } as Token;
  return {
    type: "paragraph",
    raw,
    text: raw,
    tokens: [text, ...lexer.inlineTokens(raw.slice(label.length))],
  };
}

export type { Links };
