import { describe, expect, it } from "vitest";
import { tamed } from "../../src/markdown/tame";

describe("HTML that somebody wrote is tamed before it is parsed", () => {
  it.each([
    ["<p>plain</p> & <b>bold</b>", "<p>plain</p> & <b>bold</b>"],
    ["<img src=x onerror=alert(1)>", '<img src="x">'],
    ["<img/src='x'/onerror=alert(1)//>", '<img src="x">'],
    ["<P STYLE='color:red' DIR=rtl>x</P >", '<p dir="rtl">x</p>'],
    ['<p title=\'say "so"\' onclick="a>b">', '<p title="say &quot;so&quot;">'],
    ["<style>p{}</style>", "<script>p{}</script>"],
    ["<base href=https://evil.test><meta charset=x><link rel=y>after", "after"],
    ["<iframe src=https://evil.test>", "<iframe>"],
    ["<a href=https://ok.test onclick", '<a href="https://ok.test">'],
    ['<p a"b=c onclick=x>', '<p>"b=c onclick=x>'],
    ["<details open><summary>s</summary>", '<details open=""><summary>s</summary>'],
    ["a < b and c > d", "a < b and c > d"],
    ["a list of <T>s, <name> and </T>", "a list of &lt;T&gt;s, &lt;name&gt; and &lt;/T&gt;"],
    ["<svg><g><path d=x></g></svg>", "<svg><g><path></g></svg>"],
    ["<my-own>x</my-own>", "<my-own>x</my-own>"],
    ["<!-- <img src=x onerror=y> -->", '<!-- <img src="x"> -->'],
  ])("%j", (written, tame) => expect(tamed(written)).toBe(tame));

  it("takes no longer than the text is", () => {
    const start = performance.now();
    for (const text of ["<a ".repeat(50_000), "<p title='".repeat(20_000), '<p a="b" '.repeat(20_000)])
      tamed(text);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
