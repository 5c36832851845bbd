/* The isodoses on the head, of a dose that a person has confirmed: lines in the colours of the legend, on or off. */
import {volume} from "./server.js";

const LAYER = "isodoses";

export class Isodoses {
  /* viewer: a Viewer whose markup has the switch and the place of the legend. */
  constructor(viewer) {
    this.viewer = viewer;
    this.legend = viewer.root.querySelector(".isodoses");
    this.wanted = viewer.root.querySelector("[data-act=isodoses]");
    this.wanted.addEventListener("change", () => viewer.setLayerOpacity(LAYER, this.opacity));
  }

  get opacity() { return this.wanted.checked ? 1 : 0; }

  /* The lines of this state of the case. */
  async show(state) {
    const viewer = this.viewer, {nv, shown} = viewer, revision = state.dose || 0;
    this.wanted.closest("label").hidden = this.legend.hidden = !revision;
    if (revision === (shown.dose || 0)) return;
    viewer.removeLayer(LAYER);
    if (revision) {
      const lines = state.isodoses;
      await nv.addVolumesFromUrl([volume(LAYER, revision, {opacity: this.opacity})]);
      viewer.layer(LAYER).setColormapLabel(colours(lines));
      nv.updateGLVolume();
      this.legend.replaceChildren(...lines.map(words));
    }
    shown.dose = revision;
  }
}

/* NiiVue's colours of a label map: 0 is transparent, the outermost isodose 1. lines: highest first. */
function colours(lines) {
  const outwards = [...lines].reverse();
  const channel = start => [0, ...outwards.map(one => parseInt(one.colour.slice(start, start + 2), 16))];
  return {R: channel(1), G: channel(3), B: channel(5), A: [0, ...lines.map(() => 255)],
    I: [...lines.keys(), lines.length], labels: ["", ...outwards.map(one => one.label)]};
}

function words(line) {
  const entry = document.createElement("span"), stroke = document.createElement("i");
  stroke.style.background = line.colour;
  entry.append(stroke, line.label);
  return entry;
}
