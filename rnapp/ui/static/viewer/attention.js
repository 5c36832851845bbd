/* The viewer of the reading screen: attention of the networks, or a map of occlusion, over the head, where the model
   has one, with the lesions' outline, where there are lesions. */
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
    if (!state.reading) return;
    await this.showMap(state);
    if (this.shown.reading === state.reading) return;
    if (this.outline) {
      this.outline.closest("label").hidden = !state.lesion;
      if (state.lesion) await this.loadMask(state.reading);
      letPenDraw(this.nv, false);
      this.showOutline();
    }
    if (state.centre) this.goTo(state.centre);
    this.shown.reading = state.reading;
  }

  /* state.map: [name of the volume, its highest value, what it is called], null without one. */
  async showMap(state) {
    const [name, most, words] = state.map || [];
    const wanted = name && `${name}/${state.reading}`;
    if (this.shown.map === wanted && this.shown.reading === state.reading) return;
    for (const tool of [this.opacity, this.least]) tool.closest("label").style.display = name ? "" : "none";
    if (this.map) this.removeLayer(this.map);
    [this.map, this.most] = [name, most];
    if (name) {
      this.write(".map-words", words);
      await this.nv.addVolumesFromUrl([volume(name, state.reading, {
        ...this.range(), colormap: "inferno", colormapNegative: "winter", opacity: Number(this.opacity.value)})]);
    }
    this.shown.map = wanted;
  }

  /* Weaker than the least share of the highest value is not shown; below 0, where hiding helped, has other colours. */
  range() {
    const least = Number(this.least.value) * this.most;
    return {cal_min: least, cal_max: this.most, cal_minNeg: -this.most, cal_maxNeg: -least};
  }

  blend() {
    const layer = this.map && this.layer(this.map);
    if (!layer) return;
    Object.assign(layer, this.range());
    this.setLayerOpacity(this.map, Number(this.opacity.value));
  }

  showOutline() { showOutline(this.nv, this.outline.checked); }
}
