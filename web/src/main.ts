import { mount } from "svelte";
import App from "./App.svelte";
import { chosenLanguage, followOtherTabs } from "./state/prefs.svelte";
import { startRouting } from "./state/route.svelte";
import { keepShell } from "./state/shell.svelte";
import "./style/fonts.css";
import "./style/tokens.css";
import "./style/base.css";
import { speak } from "./words";

startRouting();
followOtherTabs();
await speak(chosenLanguage());
mount(App, { target: document.getElementById("page") ?? document.body });
if (import.meta.env.PROD) void keepShell();
