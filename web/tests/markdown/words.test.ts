import { describe, expect, it } from "vitest";
import { wordsOf } from "../../src/markdown/words";
import { SCRIPTS } from "./corpus/scripts";

describe("the words of a text are what can be read of it", () => {
  it.each([
    ["Answer: the **bold word** of *turn* `c5` ends.", "Answer: the bold word of turn c5 ends."],
    ["# Head\n\ntwo lines\nof one", "Head\n\ntwo lines of one"],
    ["no marks\non two lines\n\nnext", "no marks on two lines\n\nnext"],
    ["a  \nb\\\nc", "a\nb\nc"],
    ["See [it][r] and ![alt](https://ok.test/a.png).\n\n[r]: https://ok.test", "See it and alt."],
    ["```js\nlet *a*\n\n<b>\n```", "let *a*\n\n<b>"],
    ["a <b>bold</b> &amp; &lt;i&gt; <!-- gone --> end", "a bold & <i>  end"],
    ["$$\nx^2\n$$", "x^2"],
    ["| a | b |\n|---|---|\n| 1 | **2** |", "a\nb\n\n1\n2"],
    ["- one\n- [ ] two", "one\n☐ two"],
    ["<pre>\n**as it is**\n</pre>", "**as it is**"],
  ])("%j", (source, words) => expect(wordsOf(source)).toBe(words));

  it("and nothing that would run", () => {
    expect(wordsOf("before <script>gone()</script> after **b**")).toBe("before  after b");
    for (const text of Object.values(SCRIPTS)) expect(typeof wordsOf(text)).toBe("string");
    expect(wordsOf("*x* ".repeat(20_000))).toBe("*x* ".repeat(20_000));
  });
});
