import { describe, expect, it } from "vitest";
import { withoutPictures } from "../../src/markdown/pictures";

const ADDRESS = "https://evil.test/x.png";
const STYLED = {
  style: `graph TD\n  A-->B\n  style A fill:url(${ADDRESS})`,
  "style behind another": `graph TD; A-->B; style A fill:url (${ADDRESS})`,
  "a later property": `stateDiagram\n classDef x color:red;background:URL(${ADDRESS})`,
  classDef: `graph TD\n  A:::x\n\tclassDef x fill:url(${ADDRESS})`,
  linkStyle: `graph TD\n  A-->B\nlinkStyle 0 stroke:url(${ADDRESS})`,
  rect: `sequenceDiagram\n  rect url(${ADDRESS})\n  A->>B: hi\n  end`,
  "update of a style": `C4Context\n  UpdateElementStyle(a, $bgColor="url(${ADDRESS})")`,
  init: `%%{init: {\n"themeCSS": "* {background: url(${ADDRESS})}"\n}}%%\ngraph TD\n  A-->B`,
  "front matter": `---\nconfig:\n  themeCSS: "* {background: url(${ADDRESS})}"\n---\ngraph TD\n  A-->B`,
};

describe("pictures in a diagram", () => {
  it.each(Object.entries(STYLED))("are taken out of %s", (_, text) => {
    const without = withoutPictures(text);
    expect(without).not.toMatch(/url\s*\(/i);
    expect(without).toContain("none");
  });

  it("are taken out of what a node is made of", () => {
    expect(withoutPictures(`graph TD\n  A@{ img: "${ADDRESS}", label: "img: a" }`)).not.toMatch(/@\{ img:/);
  });

  it.each(["Short URL (slug)", "url(slug)", "the style of a url (slug)", "redirect url (302)"])(
    "are not what %s says in words",
    (label) => {
      const text = `sequenceDiagram\n  A->>B: ${label}\n  Note over A: ${label}`;
      expect(withoutPictures(text)).toBe(text);
      const chart = `graph TD\n  A["${label}"] -->|${label}| B`;
      expect(withoutPictures(chart)).toBe(chart);
    },
  );
});
