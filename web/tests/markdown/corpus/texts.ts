/** Text that turns about, hides or pretends. */
export const TURNING: Record<string, string> = {
  override: "safe \u202etxt.exe\u202c and on\n\nnext paragraph",
  unclosed: "\u202e\u202d\u2066\u2067\u2068 never closed\n\nnext",
  inCode: "```js\nif (admin\u202e \u2066// safe\u2069 \u2066) { run() }\n```",
  inInlineCode: "run `rm \u202e-rf` now",
  inLink: "[bank.test\u202e](https://evil.test)",
  zeroWidth: "a\u200bb\u200cc\u200dd\ufeffe".repeat(2_000),
  arabic: "مرحبا\n\n- عنصر\n- item\n\n| a | ب |\n|---|---|\n| 1 | ٢ |",
  zalgo: "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324".repeat(2_000),
  surrogates: "\ud800 \udc00 \ud83d".repeat(1_000),
  controls: "\u0000\u0001\u0007\u0008\u001b[31m red \u007f \u0085 \u2028 \u2029",
};

/** Formulas that are none, or never end. */
export const FORMULAS: Record<string, string> = {
  unclosed: "$$\n\\frac{1}{2\n\nnext",
  unclosedInline: "a $x^2 and nothing\n\nb \\(x and nothing\n\nc \\[ y",
  wrong: "$$\n\\notacommand{x} \\frac\n$$",
  macro: "$\\def\\a{\\a\\a}\\a$",
  expanding: "$$\n\\def\\a#1{#1#1#1#1#1#1#1#1}\\a{\\a{\\a{\\a{\\a{\\a{\\a{\\a{x}}}}}}}}\n$$",
  deep: "$$\n" + "{".repeat(3_000) + "x" + "}".repeat(3_000) + "\n$$",
  roots: "$$\n" + "\\sqrt{".repeat(500) + "x" + "}".repeat(500) + "\n$$",
  fractions: "$$\n" + "\\frac{1}{".repeat(50) + "x" + "}".repeat(50) + "\n$$",
  link: "$\\href{javascript:alert(1)}{x}$ $\\url{javascript:alert(1)}$",
  html: "$\\htmlId{main}{x} \\htmlClass{skip}{y} \\htmlStyle{color:red}{z} \\htmlData{a=b}{c}$",
  image: "$\\includegraphics{https://evil.test/x.png}$",
  markup: "$<img src=x onerror=alert(1)>$ $$\\text{<script>alert(1)</script>}$$",
  huge: "$\\rule{99999em}{99999em}$ $\\hspace{-99999em}x$ $\\Huge\\kern9999em x$",
  long: "$" + "x+".repeat(5_000) + "$",
  prices: "It costs $5 and $6 more, or $7.",
};

/** Diagrams that are none: they stay code. */
export const DIAGRAMS: Record<string, string> = {
  wrong: "```mermaid\nthis is no diagram\n```",
  unclosed: "```mermaid\ngraph TD\nA-->",
  click: '```mermaid\ngraph TD\nA-->B\nclick A "javascript:alert(1)"\n```',
  markup: '```mermaid\ngraph TD\nA["<img src=x onerror=alert(1)>"]\n```',
  init: "```mermaid\n%%{init: {'securityLevel':'loose','themeCSS':'*{background:url(https://evil.test)}'}}%%\ngraph TD\nA\n```",
  huge: "```mermaid\ngraph TD\n" + "A-->B\n".repeat(20_000) + "```",
};

/** Texts that break off, as every stream does at some time. */
export const BROKEN: Record<string, string> = {
  tag: "a <b",
  tagsOpen: "<b><i><u>never closed\n\nnext <table><tr><td>x",
  closing: "</div></p></main></body></html> after",
  fence: "```",
  fenceInfo: '```js title="x',
  table: "| a | b |\n|--",
  tableRagged: "| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |",
  emphasis: "**bold *italic ~~gone `code",
  link: "see [the page](https://ok.te",
  image: "![alt",
  list: "1. a\n2.",
  quote: "> a\n>",
  html: "<details><summary>x</summary>\n\n**inside**",
  entity: "&am",
  empty: "",
  blank: " \n\t\n ",
};
