/* Entry of the NiiVue viewers; on_load/viewer.js imports it when a viewer's markup (rnapp/ui/screens/viewer.py) is on
   the page. The server holds the case: window.rnappState (set by the bridge) says which revision of each volume must
   be shown, and a stroke goes back to /case/mask within a second. World coordinates from the server are LPS mm,
   NiiVue's are RAS. */
import {AttentionViewer} from "./viewer/attention.js";
import {CompanionViewer} from "./viewer/companion.js";
import {ComparisonViewer} from "./viewer/comparison.js";
import {LesionViewer} from "./viewer/lesions.js";

// By data-mode of the markup.
const VIEWERS = {draw: LesionViewer, look: AttentionViewer, earlier: ComparisonViewer, present: ComparisonViewer,
  beside: CompanionViewer};

/* Starts the viewer inside element, once. */
export function mount(element) {
  const root = element.querySelector(".viewer");
  if (!root || root.rnapp) return;
  const viewer = root.rnapp = new VIEWERS[root.dataset.mode](root);
  viewer.start().catch(error => viewer.say(error.message));
}
