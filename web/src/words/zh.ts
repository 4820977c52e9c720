import account from "./account.zh";
import app from "./app.zh";
import errors from "./errors.zh";
import chat from "./chat.zh";
import connections from "./connections.zh";
import folder from "./folder.zh";
import graph from "./graph.zh";
import knowledge from "./knowledge.zh";
import markdown from "./markdown.zh";
import palette from "./palette.zh";
import rail from "./rail.zh";
import remarks from "./remarks.zh";
import settings from "./settings.zh";
import ui from "./ui.zh";

import type english from "./en";

/** Every sentence in Chinese, by room. */
const words: typeof english = {
  account,
  app,
  chat,
  connections,
  errors,
  folder,
  graph,
  knowledge,
  markdown,
  palette,
  rail,
  remarks,
  settings,
  ui,
};

export { default as codes } from "./codes.zh";
export default words;
