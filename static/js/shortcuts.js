// Keys for a whole page. Single letters click whatever names them with data-key; a box on the page switches these off,
// because whoever dictates or bumps a key must be able to. With Ctrl or Cmd: S saves, Z undoes, Y or Shift Z does again.
const KEPT = "poseweb.shortcuts";

// commands: { save, undo, redo }.
export function listenToKeys(root, box, commands) {
  box.checked = kept() !== "off";
  box.addEventListener("change", () => keep(box.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (event.ctrlKey || event.metaKey) command(event, typing, commands);
    else if (box.checked && !typing && !event.altKey) root.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
  });
}

function command(event, typing, { save, undo, redo }) {
  const key = event.key.toLowerCase();
  if (key === "s") save();
  else if (typing) return; // the browser undoes what is typed
  else if (key === "z") (event.shiftKey ? redo : undo)();
  else if (key === "y") redo();
  else return;
  event.preventDefault();
}

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // a browser that keeps nothing has its keys all the same
  }
}

function keep(choice) {
  try {
    localStorage.setItem(KEPT, choice);
  } catch {
    // It holds for this page then.
  }
}
