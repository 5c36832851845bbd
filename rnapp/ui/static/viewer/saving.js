/* Saves the drawing while the reader draws, and has the server change it. One request at a time, in the viewer's
   queue: what is drawn meanwhile is sent after it. */
import {addUndoStep, drawnVoxels, dropUndoStep, keepingUndo} from "./internals.js";
import {announceSaved, editMask, saveMask} from "./server.js";

const SAVE_AFTER_MS = 400;
const RETRY_AFTER_MS = 3000;

export class Saving {
  /* viewer: a LesionViewer. */
  constructor(viewer) {
    this.viewer = viewer;
    this.pending = false;
    this.message = viewer.root.querySelector(".saved");
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.flush(); });
  }

  /* kind: wait, good, bad or "". */
  tell(text, kind) { this.message.textContent = text; this.message.className = `saved ${kind}`; }

  /* Another head: what was drawn on the last one must not be saved for this one. */
  forget() {
    clearTimeout(this.timer);
    this.pending = false;
  }

  /* The drawing changed; several strokes in quick succession are saved together. */
  soon() {
    this.pending = true;
    this.tell("Not saved yet", "wait");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), SAVE_AFTER_MS);
  }

  now() { this.pending = true; return this.flush(); }

  flush() {
    const viewer = this.viewer;
    clearTimeout(this.timer);
    if (this.pending) viewer.queue = viewer.queue.then(() => this.send());
    return viewer.queue;
  }

  async send() {
    const {nv, shown} = this.viewer;
    if (!this.pending || !shown.head) return;
    this.pending = false;
    this.tell("Saving …", "wait");
    try {
      if (!drawnVoxels(nv)) nv.createEmptyDrawing();
      const nifti = await nv.saveImage({filename: "", isSaveDrawing: true, volumeByIndex: 0});
      shown.mask = await saveMask(shown.head, nifti);
      if (!this.pending) this.tell("Saved", "good");
      announceSaved();
    } catch (error) {
      this.pending = true;
      this.tell(`Not saved: ${error.message} Trying again …`, "bad");
      this.timer = setTimeout(() => this.flush(), RETRY_AFTER_MS);
    }
  }

  /* Made by the server on the drawing it has saved. what: fill, grow, remove or take. */
  edit(what, wish) {
    const viewer = this.viewer, head = viewer.shown.head;
    if (!head) return;
    this.flush();
    viewer.queue = viewer.queue.then(() => this.ask(what, wish, head)).catch(error => this.tell(error.message, "bad"));
  }

  /* The answer is shown as one more step that can be undone. */
  async ask(what, wish, head) {
    const viewer = this.viewer, nv = viewer.nv;
    this.tell("Working …", "wait");
    const revision = await editMask(head, what, wish);
    await keepingUndo(nv, () => viewer.loadMask(revision));
    // Growing with another tolerance replaces the last growth.
    if (wish.again) dropUndoStep(nv);
    addUndoStep(nv);
    viewer.undone = 0;
    viewer.shown.mask = revision;
    viewer.tellShown();
    viewer.take(viewer.tool);
    this.tell("Saved", "good");
    announceSaved();
  }
}
