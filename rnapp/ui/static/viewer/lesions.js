/* The viewer of the lesion screen: drawing, measuring, growing, and the outlines of proposed lesions. */
import {Brush} from "./brush.js";
import {addUndoStep, drawnVoxels, letPenDraw, penDraws, redo, replacePen} from "./internals.js";
import {listenForKeys} from "./keys.js";
import {link} from "./linked.js";
import {Saving} from "./saving.js";
import {caseState, volume} from "./server.js";
import {AMBER, DRAG} from "./settings.js";
import {Viewer} from "./viewer.js";

export class LesionViewer extends Viewer {
  ready() {
    this.tool = "navigate";
    this.undone = 0;
    this.saving = new Saving(this);
    this.brush = new Brush(this);
    this.listenToControls();
    listenForKeys(this);
    this.listenToNiivue();
    this.nv.addColormap("rnapp-amber", AMBER);
    link("drawing", this);
    window.addEventListener("rnapp-remove", event => this.saving.edit("remove", {lesion: event.detail}));
    window.addEventListener("rnapp-goto", event => this.goTo(event.detail));
    window.addEventListener("rnapp-take", event => {
      this.grown = null;
      this.saving.edit("take", {number: event.detail});
    });
  }

  listenToControls() {
    const root = this.root;
    root.querySelectorAll("[data-tool]").forEach(button =>
      button.addEventListener("click", () => this.take(button.dataset.tool)));
    this.opacity = root.querySelector("#draw-opacity");
    this.opacity.addEventListener("input", () => this.nv.setDrawOpacity(Number(this.opacity.value)));
    this.tolerance = root.querySelector("#grow-tolerance");
    this.tolerance.addEventListener("input", () =>
      this.write("#grow-tolerance-value", Number(this.tolerance.value).toFixed(1)));
    this.tolerance.addEventListener("change", () => { if (this.grown) this.growFrom(this.grown, true); });
    for (const action of ["undo", "redo", "clear", "save", "fillSlices", "grow"]) {
      root.querySelector(`[data-act=${action}]`).addEventListener("click", () => this[action]());
    }
  }

  listenToNiivue() {
    this.nv.onMeasurementCompleted = measurement => this.showDistance(measurement.distance);
    this.nv.onDrawingChanged = action => {
      if (action === "draw") this.undone = 0;
      if (action === "draw" || action === "undo") this.changed();
    };
    // NiiVue does not report a stroke that leaves the canvas, but draws it.
    this.canvas.addEventListener("mouseleave", event => {
      if (event.buttons && penDraws(this.nv)) this.changed();
    });
  }

  loaded() {
    this.nv.setDrawingEnabled(true);
    this.brush.begin();
    replacePen(this.nv, (...touch) => this.brush.touch(...touch), (...line) => this.brush.line(...line));
    this.nv.setDrawOpacity(Number(this.opacity.value));
    this.take(this.tool);
    this.brush.resize();
  }

  forget() {
    this.saving.forget();
    this.grown = null;
  }

  async overlay(state) {
    await this.outlineProposals(state.proposal || 0);
    const known = this.shown.mask || 0;
    // A stroke that is not saved yet is newer than the server's mask.
    if (this.saving.pending || state.mask <= known) return;
    const voxels = drawnVoxels(this.nv), blank = !(voxels && voxels.some(Boolean)) && !this.grown;
    if (state.hasMask) await this.loadMask(state.mask);
    else if (known) { this.nv.closeDrawing(); this.nv.createEmptyDrawing(); }
    // A mask from a file may be anywhere in the head: begin at its first lesion.
    if (state.hasMask && blank && state.lesion) this.goTo(state.lesion);
    this.shown.mask = state.mask;
    this.take(this.tool);
    this.saving.tell("", "");
  }

  /* Outlines of the proposed lesions are a volume on the head, not part of the drawing. */
  async outlineProposals(revision) {
    if (revision === (this.shown.proposal || 0)) return;
    this.removeLayer("proposal");
    if (revision) {
      await this.nv.addVolumesFromUrl([volume("proposal", revision, {
        colormap: "rnapp-amber", cal_min: 0.3, cal_max: 1, opacity: 0.9})]);
    }
    this.shown.proposal = revision;
  }

  /* tool: navigate, brush, fill, erase or measure. */
  take(tool) {
    this.tool = tool;
    this.root.querySelectorAll("[data-tool]").forEach(button =>
      button.classList.toggle("on", button.dataset.tool === tool));
    this.root.dataset.tool = tool;
    if (!this.nv) return;
    if (!drawnVoxels(this.nv) && this.hasPicture) this.nv.createEmptyDrawing();
    letPenDraw(this.nv, !["navigate", "measure"].includes(tool));
    this.nv.opts.dragModePrimary = tool === "measure" ? DRAG.measurement : DRAG.crosshair;
    if (tool !== "measure" && this.hasPicture) this.nv.clearMeasurements();
    this.nv.setPenValue(tool === "erase" ? 0 : 1, tool === "fill");
  }

  /* atlasMm: NiiVue measures in the scaled atlas. */
  showDistance(atlasMm) {
    const patientMm = atlasMm / (caseState().scale || 1);
    this.saving.tell(`Distance ${patientMm.toFixed(1)} mm (the patient's own millimetres)`, "good");
  }

  undo() {
    if (!drawnVoxels(this.nv)) return;
    this.undone += 1;
    this.nv.drawUndo();
  }

  redo() {
    if (!this.undone) return;
    this.undone -= 1;
    redo(this.nv);
  }

  clear() {
    const voxels = drawnVoxels(this.nv);
    if (!voxels) return;
    this.undone = 0;
    voxels.fill(0);
    addUndoStep(this.nv);
    this.nv.refreshDrawing(true);
    this.changed();
  }

  save() { return this.saving.now(); }

  changed() {
    this.grown = null;
    this.saving.soon();
  }

  fillSlices() {
    this.grown = null;
    const view = this.root.querySelector("[data-view].on").dataset.view;
    this.saving.edit("fill", {plane: view === "all" ? "" : view});
  }

  grow() {
    const point = this.crosshair();
    if (point) this.growFrom(point, false);
  }

  /* again: the same growth with another tolerance. */
  growFrom(point, again) {
    this.grown = point;
    this.saving.edit("grow", {point, tolerance: Number(this.tolerance.value), again});
  }
}
