import { address, read } from "../api/call";
import { hearNews } from "../api/news";
import { Problem } from "../api/problem";

/** Milliseconds between two looks at whether a server that could not be reached is there again. */
const LOOK = 2_000;

const online = $state({ is: navigator.onLine, reached: true });
let look: ReturnType<typeof setTimeout> | undefined;

window.addEventListener("online", () => {
  online.is = true;
  void knock();
});
window.addEventListener("offline", () => (online.is = false));
hearNews((news) => {
  if (news === "unauthenticated") return;
  online.reached = news === "reached";
  clearTimeout(look);
  if (!online.reached) look = setTimeout(() => void knock(), LOOK);
});

/** Ask for something that anybody may ask: whatever is answered, the server is there. */
async function knock(): Promise<void> {
  try {
    await read("server.show");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

/** Whether this device has a connection, and the server was reached when it was last tried. */
export function connected(): boolean {
  return online.is && online.reached;
}

/** Keep the shell of the page on this device, so that it opens without a connection. Only over HTTPS or on this machine. */
export async function keepShell(): Promise<void> {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  try {
    await navigator.serviceWorker.register(address("sw.js"), { updateViaCache: "none" });
    (await navigator.serviceWorker.ready).active?.postMessage("started");
  } catch {
    // Private windows and some policies forbid it: then the page opens with a connection only.
  }
}
