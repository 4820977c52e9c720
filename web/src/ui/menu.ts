import type { IconName } from "./icons";

/** One line of a menu. */
export interface MenuItem {
  label: string;
  run: () => void;
  icon?: IconName;
  danger?: boolean;
  disabled?: boolean;
  /** A choice among others; shown with a tick. */
  checked?: boolean;
  /** Something of its own that is on or off; its mark keeps the icon and is set off when it is on. */
  on?: boolean;
  /** Said more quietly behind the label. */
  note?: string;
}
