/* The two viewers over time: the earlier and the current scan side by side; each follows the other's crosshair. */
import {link} from "./linked.js";
import {caseState, volume} from "./server.js";
import {SENTENCES} from "./settings.js";
import {Viewer} from "./viewer.js";

export class ComparisonViewer extends Viewer {
  /* Starts once there is an earlier scan and the screen is open: a hidden canvas has no size. */
  async start() {
    this.say(SENTENCES.nothingEarlier);
    window.addEventListener("rnapp-case", () => this.begin());
    this.begin();
  }

  begin() {
    if (this.begun || !caseState().earlier || !this.root.offsetParent) return;
    this.begun = true;
    super.start().catch(error => this.say(error.message));
  }

  ready() {
    // Only the viewer of the current scan has it.
    this.opacity = this.root.querySelector("#difference-opacity");
    if (this.opacity) this.opacity.addEventListener("input", () => this.blend());
    this.showView(this.root.querySelector("[data-view=axial]"));
    link("over-time", this);
  }

  base(state) { return this.root.dataset.mode === "earlier" ? ["earlier", state.earlier] : ["head", state.head]; }

  async overlay(state) {
    if (!this.opacity || this.shown.difference === state.earlier) return;
    this.removeLayer("difference");
    if (state.earlier) {
      await this.nv.addVolumesFromUrl([volume("difference", state.earlier, {
        colormap: "warm", colormapNegative: "winter", cal_min: 0.7, cal_max: 3, cal_minNeg: -3, cal_maxNeg: -0.7,
        opacity: Number(this.opacity.value)})]);
    }
    this.shown.difference = state.earlier;
  }

  blend() { this.setLayerOpacity("difference", Number(this.opacity.value)); }
}
