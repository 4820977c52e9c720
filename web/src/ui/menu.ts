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
  /** Said more quietly behind the label. */
  note?: string;
}
