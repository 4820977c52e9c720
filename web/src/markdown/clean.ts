import DOMPurify, { type Config } from "dompurify";

const TAGS =
  "a abbr b blockquote br caption center cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr " +
  "i img ins kbd li mark ol p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot th " +
  "thead tr u ul var wbr";
/** The attributes that prose may have. */
export const ATTRIBUTES = "align alt class colspan dir href lang open reversed rowspan src start title";
const MATHS =
  "math mrow mi mn mo mtext mspace ms mfrac msqrt mroot mstyle mpadded mphantom menclose msub msup msubsup munder mover " +
  "munderover mmultiscripts mprescripts mtable mtr mtd mlabeledtr span";
const MATHS_ATTRIBUTES =
  "xmlns display mathvariant mathsize stretchy symmetric fence separator lspace rspace minsize maxsize accent accentunder " +
  "linethickness displaystyle scriptlevel columnalign columnspacing rowspacing columnlines rowlines width height depth " +
  "voffset notation movablelimits largeop class";

const CLASS = /^(?:language-[\w.+#-]{1,40}|head-[1-6]|maths(?: display)?)$/;
const ADDRESS = /^(?:https?:\/\/|mailto:)/i;
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp|avif);base64,[a-z0-9+/=\s]+$/i;
const PICTURE_LENGTH = 4_000_000;
const SPAN = /^[1-9]\d{0,2}$/;

const PROSE: Config = {
  ALLOWED_TAGS: TAGS.split(" "),
  ALLOWED_ATTR: ATTRIBUTES.split(" "),
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOW_UNKNOWN_PROTOCOLS: false,
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|data:image\/)/i,
  // Without this they would have to look like addresses too.
  ADD_URI_SAFE_ATTR: "align colspan dir lang open reversed rowspan start".split(" "),
};
const FORMULA: Config = {
  ALLOWED_TAGS: MATHS.split(" "),
  ALLOWED_ATTR: MATHS_ATTRIBUTES.split(" "),
  FORBID_CONTENTS: ["annotation", "annotation-xml", "script", "style"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};
const COLOURS: Config = { ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"], ALLOW_DATA_ATTR: false };

/** What an attribute of prose must be like; those that are not named may be anything. */
const KEPT: Record<string, (value: string, tag: string) => boolean> = {
  class: (value) => CLASS.test(value),
  href: (value, tag) => tag === "a" && ADDRESS.test(value),
  src: (_, tag) => tag === "img",
  dir: (value) => /^(?:ltr|rtl|auto)$/i.test(value),
  align: (value) => /^(?:left|right|center)$/i.test(value),
  colspan: (value) => SPAN.test(value),
  rowspan: (value) => SPAN.test(value),
};

type Purifier = ReturnType<typeof DOMPurify>;

function proseCleaner(): Purifier {
  const cleaner = DOMPurify(window);
  cleaner.addHook("uponSanitizeAttribute", (node, data) => {
    const fits = KEPT[data.attrName];
    if (fits && !fits(data.attrValue.trim(), node.nodeName.toLowerCase())) data.keepAttr = false;
    // A picture is not asked for from here; where it would come from is kept until the reader asks.
    if (data.attrName === "src" && !inline(data.attrValue)) data.keepAttr = false;
  });
  cleaner.addHook("beforeSanitizeAttributes", (node) => {
    if (node.nodeName !== "IMG") return;
    const from = node.getAttribute("src") ?? "";
    if (!inline(from)) origins.set(node, from.trim());
  });
  cleaner.addHook("afterSanitizeAttributes", (node) => {
    const from = origins.get(node);
    if (from !== undefined) node.setAttribute("data-from", ADDRESS.test(from) ? from : "");
    if (node.nodeName !== "A" || !node.hasAttribute("href")) return;
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer nofollow");
  });
  return cleaner;
}

const origins = new WeakMap<Element, string>();

function inline(address: string): boolean {
  return address.length <= PICTURE_LENGTH && PICTURE.test(address.trim());
}

let prose: Purifier | undefined;
let plain: Purifier | undefined;

function fragment(cleaner: Purifier, html: string, config: Config): DocumentFragment {
  return cleaner.sanitize(html, { ...config, RETURN_DOM_FRAGMENT: true }) as unknown as DocumentFragment;
}

/** The safe part of the HTML that a text gave. */
export function cleaned(html: string): DocumentFragment {
  return fragment((prose ??= proseCleaner()), html, PROSE);
}

/** The MathML of a formula, without the TeX in it. */
export function cleanedMaths(html: string): DocumentFragment {
  return fragment((plain ??= DOMPurify(window)), html, FORMULA);
}

/** Code with its colours. */
export function cleanedCode(html: string): DocumentFragment {
  return fragment((plain ??= DOMPurify(window)), html, COLOURS);
}
