/* Beside the viewer that is drawn in: another scan of the same head, or the dose in colours on the first scan. It
   follows the other viewer's crosshair, and the other follows its. */
import {link, placeOfOthers} from "./linked.js";
import {caseState, volume} from "./server.js";
import {SENTENCES} from "./settings.js";
import {Viewer} from "./viewer.js";

const DOSE = "dose";

export class CompanionViewer extends Viewer {
  /* Starts once there is something to show beside the first scan and the screen is open: hidden, it has no size. */
  async start() {
    this.say(SENTENCES.nothingYet);
    this.choices = this.root.querySelector(".choices");
    this.choices.addEventListener("click", event => this.choose(event.target.dataset.scan));
    this.opacity = this.root.querySelector("#dose-opacity");
    this.opacity.addEventListener("input", () => this.setLayerOpacity(DOSE, Number(this.opacity.value)));
    window.addEventListener("rnapp-case", () => this.begin());
    this.begin();
  }

  begin() {
    const found = this.offered(caseState());
    this.root.hidden = !found.length;
    this.offer(found);
    if (this.begun || !found.length || !this.root.offsetParent) return;
    this.begun = true;
    super.start().catch(error => this.say(error.message));
  }

  ready() {
    this.showView(this.root.querySelector("[data-view=all]"));
    link("drawing", this);
  }

  loaded() {
    const place = placeOfOthers("drawing", this);
    if (place) this.goTo(place);
  }

  /* What can be shown: name and words. */
  offered(state) {
    if (!state.head) return [];
    return [...state.scans, ...(state.dose ? [[DOSE, "Dose"]] : [])];
  }

  /* One button each; the chosen one stays as long as it is there. */
  offer(found) {
    if (!found.some(([name]) => name === this.chosen)) this.chosen = found.length ? found[0][0] : "";
    this.choices.replaceChildren(...found.map(([name, words]) => {
      const button = document.createElement("button");
      Object.assign(button, {type: "button", textContent: words, id: `companion-${name.replace("_", "-")}`});
      button.dataset.scan = name;
      button.classList.toggle("on", name === this.chosen);
      return button;
    }));
    this.opacity.closest("label").hidden = this.chosen !== DOSE;
  }

  choose(name) {
    if (!name) return;
    this.chosen = name;
    this.begin();
    this.update();
  }

  base(state) {
    const scan = this.chosen && this.chosen !== DOSE;
    return [scan ? `scan-${this.chosen}` : "head", this.offered(state).length ? state.head : 0];
  }

  async overlay(state) {
    const wanted = this.chosen === DOSE ? state.dose : 0;
    if (wanted === (this.shown.wash || 0)) return;
    this.removeLayer(DOSE);
    if (wanted) {
      await this.nv.addVolumesFromUrl([volume(DOSE, wanted, {
        colormap: "jet", cal_min: state.doseShown[0], cal_max: state.doseShown[1],
        opacity: Number(this.opacity.value)})]);
    }
    this.shown.wash = wanted;
  }
}
