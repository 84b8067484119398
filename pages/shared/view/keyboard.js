// Which keys a player takes, and which belong to what has the focus.

/** @param {KeyboardEvent} event @returns {string} letters are the same in either case */
export const keyName = event => (event.key.length === 1 ? event.key.toLowerCase() : event.key);

const BY_RANGES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];

/**
 * Whether a control needs a key for itself: fields for text take all, sliders those that move them, buttons those that
 * press them.
 * @param {{tag: string, type: string, editable: boolean}} control
 * @param {string} key
 */
export function takesKey({ tag, type, editable }, key) {
  if (editable || tag === "TEXTAREA" || tag === "SELECT") return true;
  if (tag === "INPUT") {
    if (type === "range") return BY_RANGES.includes(key);
    return type === "checkbox" ? key === " " : true;
  }
  if (tag === "A") return key === "Enter";
  return (tag === "BUTTON" || tag === "SUMMARY") && (key === " " || key === "Enter");
}

/** Whether nothing has the focus: the key was pressed on the page as a whole. @param {KeyboardEvent} event */
export function isOfNothing(event) {
  const [target] = event.composedPath();
  return target instanceof Element && target.matches("body, html, [data-testid=stMain], [data-testid=stApp]");
}

/**
 * The control that has the focus, as `takesKey` wants it; null where none has.
 * @param {EventTarget | undefined} target where the event began (the first of its path: shadow roots hide it)
 */
export function controlAt(target) {
  if (!(target instanceof HTMLElement)) return null;
  const control = target.closest("input, select, textarea, button, summary, a");
  if (!control && !target.isContentEditable) return null;
  return {
    tag: control?.tagName ?? "",
    type: control instanceof HTMLInputElement ? control.type : "",
    editable: target.isContentEditable,
  };
}
