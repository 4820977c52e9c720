import account from "./account.en";
import app from "./app.en";
import errors from "./errors.en";
import chat from "./chat.en";
import connections from "./connections.en";
import folder from "./folder.en";
import graph from "./graph.en";
import knowledge from "./knowledge.en";
import markdown from "./markdown.en";
import palette from "./palette.en";
import rail from "./rail.en";
import remarks from "./remarks.en";
import settings from "./settings.en";
import ui from "./ui.en";

/** Every sentence in English, by room. */
export default {
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
