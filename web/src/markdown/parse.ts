import { Marked, type TokenizerAndRendererExtension, type TokensList } from "marked";

function escaped(text: string): string {
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

const marked = new Marked({
  gfm: true,
  extensions: [maths],
  renderer: {
    code({ text, lang }) {
      const language = /^[\w.+#-]{1,40}/.exec(lang ?? "")?.[0] ?? "";
      return `<pre><code class="${language && `language-${language.toLowerCase()}`}">${escaped(text)}</code></pre>\n`;
    },
    // The turn it stands in has a heading of its own: what an answer calls its first level is below that.
    heading({ tokens, depth }) {
      return `<h${Math.min(depth + 2, 6)} class="head-${depth}">${this.parser.parseInline(tokens)}</h${Math.min(depth + 2, 6)}>\n`;
    },
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
});

type Links = TokensList["links"];

/**
 * HTML of a chunk of Markdown, not yet safe. `links` are the definitions that are known; those of the chunk are added.
 */
export function parsed(raw: string, links: Links): string {
  const lexer = new marked.Lexer(marked.defaults);
  Object.assign(lexer.tokens.links, links);
  const tokens = lexer.lex(raw);
  Object.assign(links, tokens.links);
  return marked.parser(tokens);
}

export type { Links };
