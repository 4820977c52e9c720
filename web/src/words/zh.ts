import account from "./account.zh";
import app from "./app.zh";
import errors from "./errors.zh";
import chat from "./chat.zh";
import connections from "./connections.zh";
import markdown from "./markdown.zh";
import palette from "./palette.zh";
import rail from "./rail.zh";
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
  markdown,
  palette,
  rail,
  settings,
  ui,
};

export default words;
