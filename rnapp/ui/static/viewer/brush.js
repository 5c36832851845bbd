/* The pen: a disc in the slice, or a ball over several, that can spare what is darker than a limit. */
import {headVoxels, penGrid} from "./internals.js";
import {SLICES} from "./settings.js";

export class Brush {
  /* viewer: a LesionViewer, for its tool, NiiVue and first window. */
  constructor(viewer) {
    const root = viewer.root;
    this.viewer = viewer;
    this.ball = root.querySelector("#brush-ball");
    this.onlyBright = root.querySelector("#bright-only");
    this.limit = root.querySelector("#bright-cut");
    this.limit.addEventListener("input", () => this.showLimit());
    this.sizeSlider = root.querySelector("#brush-size");
    this.sizeSlider.addEventListener("input", () => this.resize());
  }

  /* Another head was loaded. */
  begin() {
    this.head = headVoxels(this.viewer.nv);
    this.showLimit();
  }

  resize() {
    const millimetres = Number(this.sizeSlider.value);
    this.viewer.nv.opts.penSize = millimetres;
    this.viewer.write("output", `${millimetres} mm`);
  }

  /* The least intensity that is painted, in the head's units. */
  leastIntensity() {
    const [low, high] = this.viewer.window || [0, 1];
    return low + Number(this.limit.value) * (high - low);
  }

  showLimit() { this.viewer.write("#bright-cut-value", this.leastIntensity().toFixed(0)); }

  /* One touch at a voxel: value (0 erases) into voxels. The filled pen draws a thin outline. */
  touch(x, y, z, value, voxels) {
    const {nv, tool} = this.viewer, {size: [nx, ny, nz], plane} = penGrid(nv);
    const radius = tool === "fill" ? 0 : nv.opts.penSize / 2, reach = Math.floor(radius);
    const ball = this.ball.checked && tool !== "fill";
    const [ri, rj, rk] = [SLICES.sagittal, SLICES.coronal, SLICES.axial]
      .map(across => across === plane && !ball ? 0 : reach);
    const least = value && this.onlyBright.checked && tool === "brush" ? this.leastIntensity() : -Infinity;
    for (let k = Math.max(z - rk, 0); k <= Math.min(z + rk, nz - 1); k++) {
      for (let j = Math.max(y - rj, 0); j <= Math.min(y + rj, ny - 1); j++) {
        for (let i = Math.max(x - ri, 0); i <= Math.min(x + ri, nx - 1); i++) {
          const voxel = i + nx * (j + ny * k), distance2 = (i - x) ** 2 + (j - y) ** 2 + (k - z) ** 2;
          if (distance2 <= radius ** 2 && this.head[voxel] >= least) voxels[voxel] = value;
        }
      }
    }
  }

  /* Touches from voxel to voxel, without start. */
  line(start, end, value, voxels) {
    const steps = Math.max(...[0, 1, 2].map(axis => Math.abs(end[axis] - start[axis])), 1);
    for (let step = 1; step <= steps; step++) {
      const [x, y, z] = [0, 1, 2].map(axis => Math.round(start[axis] + step / steps * (end[axis] - start[axis])));
      this.touch(x, y, z, value, voxels);
    }
  }
}
