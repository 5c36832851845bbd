/* What the viewers show and how: layouts, windows, colours, NiiVue's options and the sentences on the picture. */

// NiiVue's numbers for slice types and drag modes.
export const SLICES = {axial: 0, coronal: 1, sagittal: 2, all: 3};
export const DRAG = {measurement: 2, crosshair: 8, windowing: 9};

// Axial large on the left, the other two above each other: left, top, width, height as shares of the canvas.
export const THREE_PLANES = [
  {sliceType: SLICES.axial, position: [0, 0, 0.58, 1]},
  {sliceType: SLICES.coronal, position: [0.59, 0, 0.41, 0.495]},
  {sliceType: SLICES.sagittal, position: [0.59, 0.505, 0.41, 0.495]},
];

// Lower and upper limit as shares of the window that NiiVue chose when the head was loaded.
export const WINDOWS = {auto: [0, 1], brain: [0.12, 0.72], bright: [0.4, 1.15], wide: [0, 1.6]};

export const LARGEST_ZOOM = 8;
export const CROSSHAIR_GAP = 8;

// A label map: 0 is transparent, 1 the lesion.
export const RED = {R: [0, 255], G: [0, 92], B: [0, 72], A: [0, 255], I: [0, 1], labels: ["", "lesion"]};
export const CYAN = {R: [0, 70], G: [0, 255], B: [0, 255], A: [0, 255], I: [0, 1], labels: ["", "lesion"]};
export const AMBER = {R: [0, 255], G: [0, 190], B: [0, 40], A: [0, 255], I: [0, 255]};

const YELLOW = [0.95, 0.8, 0.35, 1];
export const NIIVUE_OPTIONS = {
  isRadiologicalConvention: true, isOrientationTextVisible: true, showAllOrientationMarkers: true,
  sagittalNoseLeft: true, multiplanarShowRender: 0, dragMode: DRAG.windowing, backColor: [0, 0, 0, 1],
  crosshairColor: [0.30, 0.62, 0.84, 0.75], crosshairWidth: 1, crosshairGap: CROSSHAIR_GAP, show3Dcrosshair: false,
  fontColor: YELLOW, fontMinPx: 15, logLevel: "error", dragAndDropEnabled: false, loadingText: "",
  viewModeHotKey: "", clipPlaneHotKey: "", cycleClipPlaneHotKey: "",
  maxDrawUndoBitmaps: 30, isResizeCanvas: true, isNearestInterpolation: false, measureLineColor: YELLOW,
  // Invisible: NiiVue's millimetres are the atlas's; the patient's own are written below the picture.
  measureTextColor: [0, 0, 0, 0],
};

export const SENTENCES = {
  noWebgl: "This browser has no WebGL2, which the viewer needs. Open rnapp in a current Chrome, Edge or "
    + "Firefox with hardware acceleration on; or draw the lesion in another program and upload the mask.",
  noViewer: "The viewer could not be loaded; reload the page.",
  contextLost: "The graphics card stopped drawing the picture; reload the page. Your drawing is saved.",
  nothingYet: "Nothing to show yet: prepare a scan and accept it first.",
  loading: "Loading the picture …",
  onScrolling: "The picture is loaded when this is scrolled into view.",
  nothingEarlier: "Add an earlier scan; it is shown here, next to the current scan.",
  noMask: "The lesion mask could not be shown; reload the page.",
  radiological: "Radiological view: R is the patient's right.",
};
