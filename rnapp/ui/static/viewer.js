/* The two NiiVue viewers: "draw" (lesions on the prepared head) and "look" (attention over it).
   The server owns everything: window.rnappState (set by the bridge) says which revision of what must be shown; a
   stroke goes back to /case/mask within a second. World coordinates from the server are LPS mm, NiiVue's are RAS. */
"use strict";
(() => {
  if (window.rnappViewer) return;
  const SLICES = {axial: 0, coronal: 1, sagittal: 2, all: 3};
  const THREE_PLANES = [
    {sliceType: SLICES.axial, position: [0, 0, 0.58, 1]},
    {sliceType: SLICES.coronal, position: [0.59, 0, 0.41, 0.495]},
    {sliceType: SLICES.sagittal, position: [0.59, 0.505, 0.41, 0.495]},
  ];
  const WINDOWING = 9, CROSSHAIR = 8, MEASUREMENT = 2;
  // Share of the first window: from, to.
  const WINDOWS = {auto: [0, 1], brain: [0.12, 0.72], bright: [0.4, 1.15], wide: [0, 1.6]};
  const SAVE_AFTER_MS = 400;
  const RETRY_AFTER_MS = 3000;
  const NO_WEBGL = "This browser has no WebGL2, which the viewer needs. Open rnapp in a current Chrome, Edge or "
    + "Firefox with hardware acceleration on; or draw the lesion in another program and upload the mask.";
  const LARGEST_ZOOM = 8, CROSSHAIR_GAP = 8;
  const NOTHING_YET = "Nothing to show yet: prepare a scan and accept it first.";
  const ON_SCROLLING = "The picture is loaded when this is scrolled into view.";
  const NOTHING_EARLIER = "Add an earlier scan; it is shown here, beside the present one.";
  const RADIOLOGICAL = "Radiological view: R is the patient's right.";
  const RED = {R: [0, 255], G: [0, 92], B: [0, 72], A: [0, 255], I: [0, 1], labels: ["", "lesion"]};
  const CYAN = {R: [0, 70], G: [0, 255], B: [0, 255], A: [0, 255], I: [0, 1], labels: ["", "lesion"]};
  const AMBER = {R: [0, 255], G: [0, 190], B: [0, 40], A: [0, 255], I: [0, 255]};
  let library = null;

  function niivue() {
    library = library || new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = "/ui/niivue.umd.js";
      script.onload = () => resolve(window.niivue);
      script.onerror = () => reject(new Error("The viewer could not be loaded; reload the page."));
      document.head.append(script);
    });
    return library;
  }

  class Viewer {
    constructor(root) {
      this.root = root;
      this.canvas = root.querySelector("canvas");
      this.cover = root.querySelector(".cover");
      this.shown = {head: 0};
      this.queue = Promise.resolve();
      root.querySelectorAll("[data-view]").forEach(button =>
        button.addEventListener("click", () => this.view(button)));
      root.querySelectorAll("[data-zoom]").forEach(button =>
        button.addEventListener("click", () => this.zoom(Number(button.dataset.zoom))));
      // Before NiiVue, whose wheel only turns the slices.
      root.querySelector(".stage").addEventListener("wheel", event => this.wheel(event), {capture: true, passive: false});
      root.querySelector("[data-act=window]").addEventListener("change", event => this.setWindow(event.target.value));
      window.addEventListener("rnapp-case", () => this.update());
    }

    async start() {
      if (!document.createElement("canvas").getContext("webgl2")) return this.say(NO_WEBGL);
      const {Niivue} = await niivue();
      const nv = new Niivue({
        isRadiologicalConvention: true, isOrientationTextVisible: true, showAllOrientationMarkers: true,
        sagittalNoseLeft: true, multiplanarShowRender: 0, dragMode: WINDOWING, backColor: [0, 0, 0, 1],
        crosshairColor: [0.30, 0.62, 0.84, 0.75], crosshairWidth: 1, crosshairGap: CROSSHAIR_GAP, fontColor: [0.95, 0.8, 0.35, 1],
        fontMinPx: 15, logLevel: "error", dragAndDropEnabled: false, viewModeHotKey: "", clipPlaneHotKey: "",
        cycleClipPlaneHotKey: "", loadingText: "", maxDrawUndoBitmaps: 30, isResizeCanvas: true,
        show3Dcrosshair: false, isNearestInterpolation: false, measureLineColor: [0.95, 0.8, 0.35, 1],
        // NiiVue writes millimetres of the atlas; the patient's own stand below the picture.
        measureTextColor: [0, 0, 0, 0],
      });
      this.canvas.addEventListener("webglcontextlost", () =>
        this.say("The graphics card gave up the picture; reload the page. Your drawing is saved."));
      await nv.attachToCanvas(this.canvas);
      nv.setRadiologicalConvention(true);
      this.nv = nv;
      this.arrange("all");
      nv.setDrawColormap(this.root.dataset.mode === "draw" ? RED : CYAN);
      nv.onLocationChange = place => this.where(place);
      // NiiVue focuses the canvas for its keys; the page must not jump for that in the middle of a stroke.
      this.canvas.focus = () => HTMLElement.prototype.focus.call(this.canvas, {preventScroll: true});
      this.canvas.addEventListener("contextmenu", event => event.preventDefault());
      this.canvas.addEventListener("mousemove", event => this.under(event));
      this.canvas.addEventListener("mouseleave", () => this.root.querySelector(".under").textContent = "");
      this.ready();
      this.update();
    }

    ready() {}
    say(text) { this.cover.textContent = text; this.cover.hidden = !text; }

    where(place) {
      const lps = [-place.mm[0], -place.mm[1], place.mm[2]].map(value => value.toFixed(0)).join(", ");
      this.root.querySelector(".where").textContent = `${RADIOLOGICAL} Crosshair at ${lps} mm (SRI24, LPS)`;
    }

    view(button) {
      this.root.querySelectorAll("[data-view]").forEach(other => other.classList.toggle("on", other === button));
      this.arrange(button.dataset.view);
    }

    arrange(view) {
      if (!this.nv) return;
      this.nv.clearCustomLayout();
      this.nv.setSliceType(SLICES[view]);
      if (view === "all") this.nv.setCustomLayout(THREE_PLANES);
    }

    wheel(event) {
      if (!event.ctrlKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2);
    }

    /* The slices larger or smaller around the crosshair, which stays where it is. */
    zoom(factor) {
      if (!this.nv || !this.nv.volumes.length) return;
      const place = this.nv.scene.pan2Dxyzmm, before = place[3];
      const after = Math.min(Math.max(before * factor, 1), LARGEST_ZOOM);
      const crosshair = this.nv.frac2mm(this.nv.scene.crosshairPos);
      for (const axis of [0, 1, 2]) place[axis] = after === 1 ? 0 : place[axis] + (before - after) * crosshair[axis];
      place[3] = after;
      // NiiVue's crosshair is measured in millimetres and would grow with the picture.
      this.nv.opts.crosshairGap = CROSSHAIR_GAP / after;
      this.nv.setCrosshairWidth(this.nv.opts.crosshairWidth && 1 / after);
    }

    setWindow(name) {
      const head = this.nv && this.nv.volumes[0];
      if (!head) return;
      const [low, high] = this.window;
      [head.cal_min, head.cal_max] = WINDOWS[name].map(share => low + share * (high - low));
      this.nv.updateGLVolume();
    }

    /* The voxel under the mouse. */
    under(event) {
      const head = this.nv && this.nv.volumes[0];
      if (!head) return;
      const scale = this.canvas.width / this.canvas.clientWidth;
      const place = this.nv.canvasPos2frac([event.offsetX * scale, event.offsetY * scale]);
      const inside = place[0] >= 0 && [...place].every(value => value >= 0 && value <= 1);
      const voxel = inside && this.nv.frac2vox(place);
      this.root.querySelector(".under").textContent = inside
        ? `Under the cursor: ${head.getValue(voxel[0], voxel[1], voxel[2]).toFixed(0)}` : "";
    }

    goTo(lps) {
      if (!this.nv || !this.nv.volumes.length) return;
      this.nv.scene.crosshairPos = this.nv.mm2frac([-lps[0], -lps[1], lps[2]]);
      this.nv.createOnLocationChange();
      this.nv.drawScene();
    }

    /* Updates run one after the other; each reads the newest state. */
    update() {
      this.queue = this.queue.then(() => this.refresh()).catch(error => this.say(error.message));
      return this.queue;
    }

    /* What lies at the bottom: its name and revision. */
    source(state) { return ["head", state.head]; }

    async refresh() {
      const state = window.rnappState || {};
      if (!this.nv) return;
      const [name, revision] = this.source(state);
      if (revision !== this.shown.head) {
        this.shown = {head: revision};
        this.forget();
        if (!revision) {
          this.nv.closeDrawing();
          while (this.nv.volumes.length) this.nv.removeVolume(this.nv.volumes[0]);
          this.say(NOTHING_YET);
          return;
        }
        this.say("Loading the picture …");
        await this.nv.loadVolumes([{url: `/case/volume/${name}.nii.gz?v=${revision}`, name: `${name}.nii.gz`}]);
        const head = this.nv.volumes[0];
        this.window = [head.cal_min, head.cal_max];
        this.loaded();
        this.say("");
      }
      if (revision) await this.overlay(state);
      this.root.dataset.shown = JSON.stringify(this.shown);
    }

    loaded() {}
    forget() {}
    async overlay() {}

    async loadMask(revision) {
      this.nv.closeDrawing();
      const ok = await this.nv.loadDrawingFromUrl(`/case/volume/mask.nii.gz?v=${revision}`);
      if (!ok) throw new Error("The lesion mask could not be shown; reload the page.");
    }
  }

  class DrawViewer extends Viewer {
    ready() {
      const root = this.root;
      this.tool = "navigate";
      this.saved = root.querySelector(".saved");
      root.querySelectorAll("[data-tool]").forEach(button =>
        button.addEventListener("click", () => this.take(button.dataset.tool)));
      root.querySelector("#brush-size").addEventListener("input", event => this.size(Number(event.target.value)));
      root.querySelector("#draw-opacity").addEventListener("input", event =>
        this.nv.setDrawOpacity(Number(event.target.value)));
      this.tolerance = root.querySelector("#grow-tolerance");
      this.tolerance.addEventListener("input", () =>
        root.querySelector("#grow-tolerance-value").textContent = Number(this.tolerance.value).toFixed(1));
      this.tolerance.addEventListener("change", () => { if (this.grown) this.growFrom(this.grown, true); });
      this.nv.onMeasurementCompleted = found => this.measured(found.distance);
      this.bright = root.querySelector("#bright-only");
      this.cut = root.querySelector("#bright-cut");
      const cut = () => root.querySelector("#bright-cut-value").textContent = this.cutValue().toFixed(0);
      this.cut.addEventListener("input", cut);
      this.tellCut = cut;
      this.ball = root.querySelector("#brush-ball");
      for (const act of ["undo", "redo", "clear", "save", "fillSlices", "grow"])
        root.querySelector(`[data-act=${act}]`).addEventListener("click", () => this[act]());
      document.addEventListener("keydown", event => this.key(event));
      document.addEventListener("visibilitychange", () => { if (document.hidden) this.flush(); });
      window.addEventListener("rnapp-remove", event => this.edit("remove", {lesion: event.detail}));
      this.nv.addColormap("rnapp-amber", AMBER);
      window.addEventListener("rnapp-goto", event => this.goTo(event.detail));
      window.addEventListener("rnapp-take", event => { this.grown = null; this.edit("take", {number: event.detail}); });
      this.nv.onDrawingChanged = action => {
        if (action === "draw") this.undone = 0;
        if (action === "draw" || action === "undo") this.changed();
      };
      // A stroke that leaves the canvas is not reported, but it is drawn.
      this.canvas.addEventListener("mouseleave", event => {
        if (event.buttons && this.nv.opts.drawingEnabled) this.changed();
      });
    }

    loaded() {
      const nv = this.nv;
      nv.setDrawingEnabled(true);
      this.ras = nv.volumes[0].img2RAS();
      this.tellCut();
      nv.drawPt = (x, y, z, value, bitmap) => this.stamp(x, y, z, value, bitmap || nv.drawBitmap);
      nv.drawPenLine = (end, start, value) => this.stroke(start, end, value);
      nv.setDrawOpacity(Number(this.root.querySelector("#draw-opacity").value));
      this.take(this.tool);
      this.size(Number(this.root.querySelector("#brush-size").value));
    }

    /* Another head: what was meant for the last one must not come to this. */
    forget() {
      clearTimeout(this.timer);
      this.pending = false;
      this.grown = null;
    }

    /* Outlines of the proposed lesions lie on the picture, not in the drawing. */
    async propose(revision) {
      if (revision === (this.shown.proposal || 0)) return;
      while (this.nv.volumes.length > 1) this.nv.removeVolume(this.nv.volumes[1]);
      if (revision) await this.nv.addVolumesFromUrl([{url: `/case/volume/proposal.nii.gz?v=${revision}`,
        name: "proposal.nii.gz", colormap: "rnapp-amber", cal_min: 0.3, cal_max: 1, opacity: 0.9}]);
      this.shown.proposal = revision;
    }

    async overlay(state) {
      await this.propose(state.proposal || 0);
      const known = this.shown.mask || 0;
      if (this.pending || state.mask <= known) return;
      const blank = !(this.nv.drawBitmap && this.nv.drawBitmap.some(Boolean)) && !this.grown;
      if (state.hasMask) await this.loadMask(state.mask);
      else if (known) { this.nv.closeDrawing(); this.nv.createEmptyDrawing(); }
      // A mask from a file may lie anywhere: begin at its first lesion.
      if (state.hasMask && blank && state.lesion) this.goTo(state.lesion);
      this.shown.mask = state.mask;
      this.take(this.tool);
      this.tell("", "");
    }

    take(tool) {
      this.tool = tool;
      this.root.querySelectorAll("[data-tool]").forEach(button =>
        button.classList.toggle("on", button.dataset.tool === tool));
      this.root.dataset.tool = tool;
      if (!this.nv) return;
      if (!this.nv.drawBitmap && this.nv.volumes.length) this.nv.createEmptyDrawing();
      // Not setDrawingEnabled(false): it would throw the drawing's state away.
      this.nv.opts.drawingEnabled = !["navigate", "measure"].includes(tool);
      this.nv.opts.dragModePrimary = tool === "measure" ? MEASUREMENT : CROSSHAIR;
      if (tool !== "measure" && this.nv.volumes.length) this.nv.clearMeasurements();
      this.nv.setPenValue(tool === "erase" ? 0 : 1, tool === "fill");
    }

    size(millimetres) {
      this.nv.opts.penSize = millimetres;
      this.root.querySelector("output").textContent = `${millimetres} mm`;
    }

    measured(atlas) {
      const own = atlas / (window.rnappState.scale || 1);
      this.tell(`Distance ${own.toFixed(1)} mm (the patient's own millimetres)`, "good");
    }

    cutValue() {
      const [low, high] = this.window || [0, 1];
      return low + Number(this.cut.value) * (high - low);
    }

    /* One touch of the pen: a disc in the slice, or a ball. NiiVue's own is a square, and the outline of its filled
       pen as thick as the brush. */
    stamp(x, y, z, value, bitmap) {
      const [, nx, ny, nz] = this.nv.back.dims, axis = this.nv.drawPenAxCorSag;
      const radius = this.tool === "fill" ? 0 : this.nv.opts.penSize / 2, reach = Math.floor(radius);
      const ball = this.ball.checked && this.tool !== "fill";
      const spread = [axis === SLICES.sagittal, axis === SLICES.coronal, axis === SLICES.axial]
        .map(normal => normal && !ball ? 0 : reach);
      const cut = value && this.bright.checked && this.tool === "brush" ? this.cutValue() : -Infinity;
      for (let k = Math.max(z - spread[2], 0); k <= Math.min(z + spread[2], nz - 1); k++)
        for (let j = Math.max(y - spread[1], 0); j <= Math.min(y + spread[1], ny - 1); j++)
          for (let i = Math.max(x - spread[0], 0); i <= Math.min(x + spread[0], nx - 1); i++) {
            const place = i + nx * (j + ny * k), far = (i - x) ** 2 + (j - y) ** 2 + (k - z) ** 2;
            if (far <= radius ** 2 && this.ras[place] >= cut) bitmap[place] = value;
          }
    }

    stroke(start, end, value) {
      const steps = Math.max(...[0, 1, 2].map(axis => Math.abs(end[axis] - start[axis])), 1);
      for (let step = 1; step <= steps; step++) {
        const [x, y, z] = [0, 1, 2].map(axis => Math.round(start[axis] + step / steps * (end[axis] - start[axis])));
        this.stamp(x, y, z, value, this.nv.drawBitmap);
      }
    }

    key(event) {
      const typing = "input:not([type=range]):not([type=checkbox]), textarea, select";
      if (!this.root.offsetParent || event.target.matches(typing)) return;
      const tool = {n: "navigate", b: "brush", f: "fill", e: "erase", m: "measure"}[event.key];
      const act = {i: "fillSlices", g: "grow"}[event.key];
      const z = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
      if (z) { event.preventDefault(); if (event.shiftKey) this.redo(); else this.undo(); }
      else if ((event.ctrlKey || event.metaKey) && event.key === "y") { event.preventDefault(); this.redo(); }
      else if (event.ctrlKey || event.metaKey || event.altKey) return;
      else if (tool) this.take(tool);
      else if (event.key === "+" || event.key === "-") this.zoom(event.key === "+" ? 1.4 : 1 / 1.4);
      else if (event.key === "x") this.nv.setCrosshairWidth(this.nv.opts.crosshairWidth ? 0 : 1 / this.nv.scene.pan2Dxyzmm[3]);
      else if (act) this[act]();
    }

    undo() {
      if (!this.nv.drawBitmap) return;
      this.undone = (this.undone || 0) + 1;
      this.nv.drawUndo();
    }

    /* NiiVue knows only the way back: one step beyond the next, and back to it. */
    redo() {
      if (!this.undone) return;
      const nv = this.nv;
      this.undone -= 1;
      nv.currentDrawUndoBitmap = (nv.currentDrawUndoBitmap + 1) % nv.opts.maxDrawUndoBitmaps + 1;
      nv.drawUndo();
    }

    clear() {
      if (!this.nv.drawBitmap) return;
      this.undone = 0;
      this.nv.drawBitmap.fill(0);
      this.nv.drawAddUndoBitmap();
      this.nv.refreshDrawing(true);
      this.changed();
    }

    tell(text, kind) { this.saved.textContent = text; this.saved.className = `saved ${kind}`; }

    /* Made by the server on the drawing it has saved. The answer is shown as one more step that can be undone. */
    edit(what, wish) {
      const head = this.shown.head;
      if (!head) return;
      this.flush();
      this.queue = this.queue.then(() => this.ask(what, wish, head)).catch(error => this.tell(error.message, "bad"));
    }

    async ask(what, wish, head) {
      this.tell("Working …", "wait");
      const answer = await fetch(`/case/${what}?head=${head}`, {method: "POST", headers: {"Content-Type": "application/json"},
        body: JSON.stringify(wish)});
      const result = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Error(result.error || "That could not be done; draw it by hand.");
      const nv = this.nv, undo = [nv.drawUndoBitmaps, nv.currentDrawUndoBitmap];
      await this.loadMask(result.revision);
      [nv.drawUndoBitmaps, nv.currentDrawUndoBitmap] = undo;
      // Another tolerance takes the place of the last one: undo leads to what was there before the growth.
      if (wish.again && --nv.currentDrawUndoBitmap < 0) nv.currentDrawUndoBitmap = nv.opts.maxDrawUndoBitmaps - 1;
      nv.drawAddUndoBitmap();
      this.undone = 0;
      this.shown.mask = result.revision;
      this.root.dataset.shown = JSON.stringify(this.shown);
      this.take(this.tool);
      this.tell("Saved", "good");
      window.dispatchEvent(new CustomEvent("rnapp-saved"));
    }

    fillSlices() {
      this.grown = null;
      const view = this.root.querySelector("[data-view].on").dataset.view;
      this.edit("fill", {plane: view === "all" ? "" : view});
    }

    grow() {
      const mm = this.nv && this.nv.volumes.length && this.nv.frac2mm(this.nv.scene.crosshairPos);
      if (mm) this.growFrom([-mm[0], -mm[1], mm[2]], false);
    }

    growFrom(point, again) {
      this.grown = point;
      this.edit("grow", {point, tolerance: Number(this.tolerance.value), again});
    }

    changed() {
      this.grown = null;
      this.pending = true;
      this.tell("Not saved yet", "wait");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.flush(), SAVE_AFTER_MS);
    }

    save() { this.pending = true; return this.flush(); }

    flush() {
      clearTimeout(this.timer);
      if (this.pending) this.queue = this.queue.then(() => this.send());
      return this.queue;
    }

    async send() {
      if (!this.pending || !this.shown.head) return;
      this.pending = false;
      this.tell("Saving …", "wait");
      try {
        if (!this.nv.drawBitmap) this.nv.createEmptyDrawing();
        const plain = await this.nv.saveImage({filename: "", isSaveDrawing: true, volumeByIndex: 0});
        const packed = await new Response(new Blob([plain]).stream().pipeThrough(new CompressionStream("gzip"))).blob();
        const answer = await fetch(`/case/mask?head=${this.shown.head}`, {method: "POST", body: packed});
        const result = await answer.json().catch(() => ({error: "The drawing could not be saved."}));
        if (!answer.ok) throw new Error(result.error);
        this.shown.mask = result.revision;
        if (!this.pending) this.tell("Saved", "good");
        window.dispatchEvent(new CustomEvent("rnapp-saved"));
      } catch (error) {
        this.pending = true;
        this.tell(`Not saved: ${error.message} Trying again …`, "bad");
        this.timer = setTimeout(() => this.flush(), RETRY_AFTER_MS);
      }
    }
  }

  /* Starts once it is scrolled into view: what stands above it must not wait for it. */
  class LookViewer extends Viewer {
    async start() {
      const begin = (seen, observer) => {
        if (!seen.some(one => one.isIntersecting)) return;
        observer.disconnect();
        super.start().catch(error => this.say(error.message));
      };
      this.say(ON_SCROLLING);
      new IntersectionObserver(begin).observe(this.root);
    }

    ready() {
      this.opacity = this.root.querySelector("#attention-opacity");
      this.opacity.addEventListener("input", () => this.blend());
      this.least = this.root.querySelector("#attention-least");
      this.least.addEventListener("input", () => this.blend());
      this.outline = this.root.querySelector("#lesion-outline");
      this.outline.addEventListener("change", () => this.rim());
    }

    async overlay(state) {
      if (!state.reading || this.shown.reading === state.reading) return;
      while (this.nv.volumes.length > 1) this.nv.removeVolume(this.nv.volumes[1]);
      await this.nv.addVolumesFromUrl([{url: `/case/volume/attention.nii.gz?v=${state.reading}`,
        name: "attention.nii.gz", colormap: "inferno", cal_min: Number(this.least.value), cal_max: 1,
        opacity: Number(this.opacity.value)}]);
      await this.loadMask(state.reading);
      this.nv.opts.drawingEnabled = false;
      this.rim();
      this.goTo(state.centre);
      this.shown.reading = state.reading;
    }

    blend() {
      if (!this.nv || this.nv.volumes.length < 2) return;
      this.nv.volumes[1].cal_min = Number(this.least.value);
      this.nv.setOpacity(1, Number(this.opacity.value));
    }

    rim() {
      // NiiVue draws a rim only where the drawing is not wholly transparent.
      this.nv.drawRimOpacity = 1;
      this.nv.setDrawOpacity(this.outline.checked ? 0.01 : 0);
      this.nv.drawScene();
    }
  }

  /* Two of these lie side by side; each follows the other's crosshair. They start once there is something to show. */
  class SideViewer extends Viewer {
    async start() {
      this.say(NOTHING_EARLIER);
      window.addEventListener("rnapp-case", () => this.begin());
      this.begin();
    }

    begin() {
      if (this.begun || !(window.rnappState || {}).earlier || !this.root.offsetParent) return;
      this.begun = true;
      super.start().catch(error => this.say(error.message));
    }

    ready() {
      this.opacity = this.root.querySelector("#difference-opacity");
      if (this.opacity) this.opacity.addEventListener("input", () => this.blend());
      this.view(this.root.querySelector("[data-view=axial]"));
      SIDES.push(this);
      if (SIDES.length === 2) for (const [one, other] of [SIDES, [...SIDES].reverse()])
        one.nv.broadcastTo([other.nv], {"2d": true});
    }

    source(state) { return this.root.dataset.mode === "earlier" ? ["earlier", state.earlier] : ["head", state.head]; }

    async overlay(state) {
      if (!this.opacity || this.shown.difference === state.earlier) return;
      while (this.nv.volumes.length > 1) this.nv.removeVolume(this.nv.volumes[1]);
      if (state.earlier) await this.nv.addVolumesFromUrl([{url: `/case/volume/difference.nii.gz?v=${state.earlier}`,
        name: "difference.nii.gz", colormap: "warm", colormapNegative: "winter", cal_min: 0.7, cal_max: 3,
        cal_minNeg: -3, cal_maxNeg: -0.7, opacity: Number(this.opacity.value)}]);
      this.shown.difference = state.earlier;
    }

    blend() { if (this.nv && this.nv.volumes.length > 1) this.nv.setOpacity(1, Number(this.opacity.value)); }
  }

  const SIDES = [];
  const KINDS = {draw: DrawViewer, look: LookViewer, earlier: SideViewer, present: SideViewer};

  window.rnappViewer = {
    mount(element) {
      const root = element.querySelector(".viewer");
      if (!root || root.rnapp) return;
      root.rnapp = new KINDS[root.dataset.mode](root);
      root.rnapp.start().catch(error => root.rnapp.say(error.message));
    },
  };
})();
