/* What all viewers share: the picture, its views, zoom and window, and following the case. */
import {crosshairLps, intensityAt, magnification, magnify, moveCrosshair} from "./internals.js";
import {Isodoses} from "./isodoses.js";
import {follow} from "./linked.js";
import {caseState, volume} from "./server.js";
import {CROSSHAIR_GAP, CYAN, LARGEST_ZOOM, NIIVUE_OPTIONS, RED, SENTENCES, SLICES, THREE_PLANES, WINDOWS}
  from "./settings.js";

let library = null;

/* NiiVue's bundle is no module and large: it is loaded once, when the first viewer starts. */
function loadNiivue() {
  library = library || new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/ui/niivue.umd.js";
    script.onload = () => resolve(window.niivue);
    script.onerror = () => reject(new Error(SENTENCES.noViewer));
    document.head.append(script);
  });
  return library;
}

export class Viewer {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.cover = root.querySelector(".cover");
    this.shown = {head: 0};
    this.queue = Promise.resolve();
    root.querySelectorAll("[data-view]").forEach(button =>
      button.addEventListener("click", () => this.showView(button)));
    root.querySelectorAll("[data-zoom]").forEach(button =>
      button.addEventListener("click", () => this.zoom(Number(button.dataset.zoom))));
    // Before NiiVue, whose wheel only scrolls through the slices.
    root.querySelector(".stage").addEventListener("wheel", event => this.wheel(event), {capture: true, passive: false});
    root.querySelector("[data-act=window]").addEventListener("change", event => this.setWindow(event.target.value));
    if (root.querySelector(".isodoses")) this.isodoses = new Isodoses(this);
    window.addEventListener("rnapp-case", () => this.update());
  }

  async start() {
    if (!document.createElement("canvas").getContext("webgl2")) { this.say(SENTENCES.noWebgl); return; }
    const {Niivue} = await loadNiivue();
    const nv = new Niivue(NIIVUE_OPTIONS);
    this.canvas.addEventListener("webglcontextlost", () => this.say(SENTENCES.contextLost));
    await nv.attachToCanvas(this.canvas);
    nv.setRadiologicalConvention(true);
    this.nv = nv;
    this.arrange("all");
    nv.setDrawColormap(this.root.dataset.mode === "draw" ? RED : CYAN);
    nv.onLocationChange = location => this.showLocation(location);
    // NiiVue focuses the canvas for its keys; the page must not jump for that in the middle of a stroke.
    this.canvas.focus = () => HTMLElement.prototype.focus.call(this.canvas, {preventScroll: true});
    this.canvas.addEventListener("contextmenu", event => event.preventDefault());
    this.canvas.addEventListener("mousemove", event => this.showIntensity(event));
    this.canvas.addEventListener("mouseleave", () => this.write(".under", ""));
    this.ready();
    this.update();
  }

  /* For the kinds of viewer: NiiVue is there; a head was loaded; another head comes; the volumes on the head. */
  ready() {}
  loaded() {}
  forget() {}
  async overlay() {}

  /* Name and revision of the volume that the viewer shows. */
  base(state) { return ["head", state.head]; }

  get hasPicture() { return Boolean(this.nv && this.nv.volumes.length); }

  say(text) { this.cover.textContent = text; this.cover.hidden = !text; }
  write(selector, text) { this.root.querySelector(selector).textContent = text; }

  showLocation(location) {
    const lps = [-location.mm[0], -location.mm[1], location.mm[2]].map(value => value.toFixed(0)).join(", ");
    this.write(".where", `${SENTENCES.radiological} Crosshair at ${lps} mm (SRI24, LPS)`);
  }

  showIntensity(event) {
    if (!this.hasPicture) return;
    const scale = this.canvas.width / this.canvas.clientWidth;
    const intensity = intensityAt(this.nv, [event.offsetX * scale, event.offsetY * scale]);
    this.write(".under", intensity === null ? "" : `Under the cursor: ${intensity.toFixed(0)}`);
  }

  showView(button) {
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

  /* The slices larger or smaller around the crosshair. */
  zoom(factor) {
    if (!this.hasPicture) return;
    const after = Math.min(Math.max(magnification(this.nv) * factor, 1), LARGEST_ZOOM);
    magnify(this.nv, after);
    // NiiVue's crosshair is measured in millimetres and would grow with the picture.
    this.nv.opts.crosshairGap = CROSSHAIR_GAP / after;
    this.nv.setCrosshairWidth(this.nv.opts.crosshairWidth && 1 / after);
  }

  toggleCrosshair() {
    this.nv.setCrosshairWidth(this.nv.opts.crosshairWidth ? 0 : 1 / magnification(this.nv));
  }

  setWindow(name) {
    if (!this.hasPicture) return;
    const head = this.nv.volumes[0], [low, high] = this.window;
    [head.cal_min, head.cal_max] = WINDOWS[name].map(share => low + share * (high - low));
    this.nv.updateGLVolume();
  }

  goTo(lps) {
    if (!this.hasPicture) return;
    moveCrosshair(this.nv, lps);
    follow(this, lps);
  }

  crosshair() { return this.hasPicture ? crosshairLps(this.nv) : null; }

  /* Updates run one after the other; each reads the newest state. */
  update() {
    this.queue = this.queue.then(() => this.refresh()).catch(error => this.say(error.message));
    return this.queue;
  }

  async refresh() {
    const state = caseState();
    if (!this.nv) return;
    const [name, revision] = this.base(state);
    if (revision !== this.shown.head || (revision && name !== this.picture)) {
      this.shown = {head: revision};
      this.picture = name;
      this.forget();
      if (!revision) {
        this.empty();
        return;
      }
      await this.loadHead(name, revision);
    }
    if (revision) {
      await this.overlay(state);
      if (this.isodoses) await this.isodoses.show(state);
    }
    this.tellShown();
  }

  empty() {
    this.nv.closeDrawing();
    this.removeVolumes(0);
    this.say(SENTENCES.nothingYet);
  }

  async loadHead(name, revision) {
    this.say(SENTENCES.loading);
    await this.nv.loadVolumes([volume(name, revision)]);
    const head = this.nv.volumes[0];
    this.window = [head.cal_min, head.cal_max];
    this.loaded();
    this.say("");
  }

  async loadMask(revision) {
    this.nv.closeDrawing();
    if (!await this.nv.loadDrawingFromUrl(volume("mask", revision).url)) throw new Error(SENTENCES.noMask);
  }

  /* All from this one on; 1 leaves the head alone. */
  removeVolumes(first) { while (this.nv.volumes.length > first) this.nv.removeVolume(this.nv.volumes[first]); }

  /* A volume on the head by its name, undefined without one. */
  layer(name) { return this.nv && this.nv.volumes.slice(1).find(one => one.name === `${name}.nii.gz`); }

  removeLayer(name) {
    const layer = this.layer(name);
    if (layer) this.nv.removeVolume(layer);
  }

  setLayerOpacity(name, opacity) {
    const layer = this.layer(name);
    if (layer) this.nv.setOpacity(this.nv.volumes.indexOf(layer), opacity);
  }

  /* For the tests, which wait for it. */
  tellShown() { this.root.dataset.shown = JSON.stringify(this.shown); }
}
