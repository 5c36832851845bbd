/* The keys of the lesion viewer; rnapp/ui/help.py lists them. Keys of the whole page are in room.js. */
const TOOLS = {n: "navigate", b: "brush", f: "fill", e: "erase", m: "measure"};
const TYPING = "input:not([type=range]):not([type=checkbox]), textarea, select";

export function listenForKeys(viewer) {
  const actions = {
    "i": () => viewer.fillSlices(), "g": () => viewer.grow(), "x": () => viewer.toggleCrosshair(),
    "+": () => viewer.zoom(1.4), "-": () => viewer.zoom(1 / 1.4),
  };
  document.addEventListener("keydown", event => {
    // offsetParent: null while another screen is open.
    if (!viewer.root.offsetParent || event.target.matches(TYPING)) return;
    const command = event.ctrlKey || event.metaKey;
    const redo = command && (event.key === "y" || (event.shiftKey && event.key.toLowerCase() === "z"));
    if (redo || (command && event.key.toLowerCase() === "z")) {
      event.preventDefault();
      if (redo) viewer.redo(); else viewer.undo();
    } else if (command || event.altKey) return;
    else if (TOOLS[event.key]) viewer.take(TOOLS[event.key]);
    else if (actions[event.key]) actions[event.key]();
  });
}
