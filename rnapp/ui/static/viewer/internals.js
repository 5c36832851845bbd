/* The only file that uses what NiiVue 0.69.0 marks @internal or does not document, so that an update of NiiVue is
   checked here. Each function says why the documented interface is not enough. tests/ui/test_javascript.py refuses
   such a use anywhere else. nv: a Niivue; points of the world are LPS mm here, RAS mm inside NiiVue. */

const lpsFromRas = ([x, y, z]) => [-x, -y, z];

/* Where the crosshair is, LPS mm. scene.crosshairPos, frac2mm: NiiVue only tells it through onLocationChange. */
export function crosshairLps(nv) {
  return lpsFromRas(nv.frac2mm(nv.scene.crosshairPos));
}

/* scene.crosshairPos, mm2frac, createOnLocationChange, drawScene: there is no documented way to a point in mm. */
export function moveCrosshair(nv, lps) {
  nv.scene.crosshairPos = nv.mm2frac(lpsFromRas(lps));
  nv.createOnLocationChange();
  nv.drawScene();
}

/* scene.pan2Dxyzmm: shift in mm, then magnification; NiiVue's own zoom works only by the wheel in a drag mode. */
export function magnification(nv) {
  return nv.scene.pan2Dxyzmm[3];
}

/* The slices this much larger, while the crosshair stays where it is on the screen; at 1 they are centred again. */
export function magnify(nv, after) {
  const pan = nv.scene.pan2Dxyzmm, before = pan[3], crosshair = nv.frac2mm(nv.scene.crosshairPos);
  for (const axis of [0, 1, 2]) pan[axis] = after === 1 ? 0 : pan[axis] + (before - after) * crosshair[axis];
  pan[3] = after;
}

/* Intensity of the head under a pixel of the canvas, null outside. canvasPos2frac, frac2vox: NiiVue reports only the
   voxel at the crosshair. */
export function intensityAt(nv, pixel) {
  const fraction = nv.canvasPos2frac(pixel);
  if (!(fraction[0] >= 0 && [...fraction].every(value => value >= 0 && value <= 1))) return null;
  const [i, j, k] = nv.frac2vox(fraction);
  return nv.volumes[0].getValue(i, j, k);
}

/* img2RAS: the head's voxels in the order of the drawing's. */
export function headVoxels(nv) {
  return nv.volumes[0].img2RAS();
}

/* drawBitmap: the drawing's voxels, null without a drawing; NiiVue gives them out only as a NIfTI file. */
export function drawnVoxels(nv) {
  return nv.drawBitmap;
}

/* opts.drawingEnabled: setDrawingEnabled(false) would throw the drawing's state away. */
export function letPenDraw(nv, draws) {
  nv.opts.drawingEnabled = draws;
}

export function penDraws(nv) {
  return nv.opts.drawingEnabled;
}

/* drawPt, drawPenLine: NiiVue's pen is a square, and the outline of its filled pen as thick as the brush.
   touch(x, y, z, value, voxels) and line(start, end, value, voxels) take their place. */
export function replacePen(nv, touch, line) {
  nv.drawPt = (x, y, z, value, voxels) => touch(x, y, z, value, voxels || nv.drawBitmap);
  nv.drawPenLine = (end, start, value) => line(start, end, value, nv.drawBitmap);
}

/* back.dims, drawPenAxCorSag: size of the grid that is drawn on, and the slice type that the pen draws in. */
export function penGrid(nv) {
  const [, nx, ny, nz] = nv.back.dims;
  return {size: [nx, ny, nz], plane: nv.drawPenAxCorSag};
}

/* currentDrawUndoBitmap: NiiVue only steps back; this goes one step beyond the next, and back to it. */
export function redo(nv) {
  nv.currentDrawUndoBitmap = (nv.currentDrawUndoBitmap + 1) % nv.opts.maxDrawUndoBitmaps + 1;
  nv.drawUndo();
}

/* drawAddUndoBitmap: NiiVue adds a step only after a stroke of its own pen. */
export function addUndoStep(nv) {
  nv.drawAddUndoBitmap();
}

/* The undo history, which load() empties by loading a drawing. drawUndoBitmaps, currentDrawUndoBitmap. */
export async function keepingUndo(nv, load) {
  const steps = nv.drawUndoBitmaps, current = nv.currentDrawUndoBitmap;
  await load();
  [nv.drawUndoBitmaps, nv.currentDrawUndoBitmap] = [steps, current];
}

/* The next step replaces the last one: undo leads to what was there before both. currentDrawUndoBitmap. */
export function dropUndoStep(nv) {
  if (--nv.currentDrawUndoBitmap < 0) nv.currentDrawUndoBitmap = nv.opts.maxDrawUndoBitmaps - 1;
}

/* drawRimOpacity: an outline of the drawing; NiiVue draws it only where the drawing is not wholly transparent. */
export function showOutline(nv, visible) {
  nv.drawRimOpacity = 1;
  nv.setDrawOpacity(visible ? 0.01 : 0);
  nv.drawScene();
}
