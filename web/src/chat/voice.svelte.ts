import { emptyWithOwner } from "../state/owner";
import { locale } from "../words";

/** What we use of the browsers' speech recognition, which TypeScript does not know. */
interface Recognition extends EventTarget {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  start(): void;
  stop(): void;
  abort(): void;
  onresult: ((event: { results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void) | null;
  onend: (() => void) | null;
}
type Maker = new () => Recognition;

const KEY = "parlance.voice";
const names = window as unknown as { SpeechRecognition?: Maker; webkitSpeechRecognition?: Maker };
const maker = names.SpeechRecognition ?? names.webkitSpeechRecognition;

class Voice {
  readonly hears = maker !== undefined;
  readonly speaks = "speechSynthesis" in window;
  /** Whether the reader wants to speak, and to be read to. Off at first. */
  input = $state(false);
  output = $state(false);
  listening = $state(false);
  /** The turn that is read aloud; empty: none. */
  reading = $state("");
  #recognition: Recognition | null = null;

  constructor() {
    try {
      const chosen = localStorage.getItem(KEY) ?? "";
      [this.input, this.output] = [chosen.includes("i"), chosen.includes("o")];
    } catch {
      // A browser may forbid its store: then both are off until they are chosen.
    }
  }

  choose(which: "input" | "output", on: boolean): void {
    this[which] = on;
    if (!on && which === "output") this.hush();
    try {
      localStorage.setItem(KEY, (this.input ? "i" : "") + (this.output ? "o" : ""));
    } catch {
      // As above.
    }
  }

  /** Begin or end to listen; `heard` gets all that was said since the begin. */
  listen(heard: (text: string) => void): void {
    if (this.listening || !maker) {
      this.#recognition?.stop();
      return;
    }
    const recognition = (this.#recognition = new maker());
    recognition.lang = locale();
    recognition.continuous = true;
    recognition.interimResults = true;
    recognition.onresult = (event) =>
      heard([...Array.from(event.results)].map((one) => one[0]?.transcript ?? "").join(""));
    recognition.onend = () => (this.listening = false);
    recognition.start();
    this.listening = true;
  }

  /** Neither hear nor read any more. */
  rest(): void {
    this.#recognition?.abort();
    this.hush();
  }

  /** Read a text aloud; what was being read ends. */
  read(turn: string, text: string): void {
    if (!this.speaks) return;
    this.hush();
    const saying = new SpeechSynthesisUtterance(text);
    saying.lang = locale();
    saying.onend = () => {
      if (this.reading === turn) this.reading = "";
    };
    this.reading = turn;
    speechSynthesis.speak(saying);
  }

  hush(): void {
    this.reading = "";
    if (this.speaks) speechSynthesis.cancel();
  }
}

/** The reader's voice, and the page's. */
export const voice = new Voice();
emptyWithOwner(() => voice.rest());
