/**
 * Put every `$state` field that others can set back to what it is in `blank`, a new one of the same class. A field that
 * somebody adds is put back without being named: what is forgotten here would be shown to the next person of the tab.
 * Svelte makes a getter and a setter of each such field; what is private, or no state, is left to the class.
 */
export function afresh<Each extends object>(one: Each, blank: Each): void {
  const fields = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(one)));
  for (const [name, { get, set }] of fields as [string, PropertyDescriptor][])
    if (get && set) Reflect.set(one, name, Reflect.get(blank, name));
}
