/* The viewer of the reading screen: attention of the networks over the head, where the model has any, with the lesions'
   outline, where there are lesions. */
import {letPenDraw, showOutline} from "./internals.js";
import {volume} from "./server.js";
import {SENTENCES} from "./settings.js";
import {Viewer} from "./viewer.js";

export class AttentionViewer extends Viewer {
  /* Starts once it is scrolled into view: what stands above it must not wait for it. */
  async start() {
    const begin = (entries, observer) => {
      if (!entries.some(entry => entry.isIntersecting)) return;
      observer.disconnect();
      super.start().catch(error => this.say(error.message));
    };
    this.say(SENTENCES.onScrolling);
    new IntersectionObserver(begin).observe(this.root);
  }

  ready() {
    this.opacity = this.root.querySelector("#attention-opacity");
    this.opacity.addEventListener("input", () => this.blend());
    this.least = this.root.querySelector("#attention-least");
    this.least.addEventListener("input", () => this.blend());
    this.outline = this.root.querySelector("#lesion-outline");
    if (this.outline) this.outline.addEventListener("change", () => this.showOutline());
  }

  async overlay(state) {
    if (!state.reading || this.shown.reading === state.reading) return;
    this.removeVolumes(1);
    for (const tool of [this.opacity, this.least]) tool.closest("label").style.display = state.attention ? "" : "none";
    if (state.attention) {
      await this.nv.addVolumesFromUrl([volume("attention", state.reading, {
        colormap: "inferno", cal_min: Number(this.least.value), cal_max: 1, opacity: Number(this.opacity.value)})]);
    }
    if (this.outline) {
      await this.loadMask(state.reading);
      letPenDraw(this.nv, false);
      this.showOutline();
    }
    if (state.centre) this.goTo(state.centre);
    this.shown.reading = state.reading;
  }

  blend() {
    if (!this.nv || this.nv.volumes.length < 2) return;
    this.nv.volumes[1].cal_min = Number(this.least.value);
    this.nv.setOpacity(1, Number(this.opacity.value));
  }

  showOutline() { showOutline(this.nv, this.outline.checked); }
}
