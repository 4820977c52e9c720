import { address } from "../api/call";

const online = $state({ is: navigator.onLine });
window.addEventListener("online", () => (online.is = true));
window.addEventListener("offline", () => (online.is = false));

/** Whether this device has a connection at all. */
export function connected(): boolean {
  return online.is;
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
