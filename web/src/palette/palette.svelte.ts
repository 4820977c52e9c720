import { emptyWithOwner } from "../state/owner";

class PaletteState {
  open = $state(false);
  /** The list of shortcuts. */
  help = $state(false);

  show(): void {
    this.help = false;
    this.open = !this.open;
  }

  list(): void {
    this.open = false;
    this.help = !this.help;
  }
}

/** Whether the palette or the list of shortcuts is open. */
export const palette = new PaletteState();
emptyWithOwner(() => void ([palette.open, palette.help] = [false, false]));
