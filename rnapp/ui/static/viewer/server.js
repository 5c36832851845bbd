/* What goes to the server and comes from it. Each request names the revision of the head (the prepared T1CE) that the
   page shows, so that nothing made for one patient reaches another. */

/* What the bridge last told of the case. */
export const caseState = () => window.rnappState || {};

/* An image for NiiVue. The revision keeps the browser from showing an older one. */
export function volume(name, revision, display = {}) {
  return {url: `/case/volume/${name}.nii.gz?v=${revision}`, name: `${name}.nii.gz`, ...display};
}

/* Saves a drawing (NIfTI bytes). Gives the mask's new revision. */
export async function saveMask(head, nifti) {
  const packed = await new Response(new Blob([nifti]).stream().pipeThrough(new CompressionStream("gzip"))).blob();
  const answer = await fetch(`/case/mask?head=${head}`, {method: "POST", body: packed});
  return revisionIn(answer, "The drawing could not be saved.");
}

/* Has the server change the mask it has saved. what: fill, grow, remove or take. Gives the mask's new revision. */
export async function editMask(head, what, wish) {
  const answer = await fetch(`/case/${what}?head=${head}`, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(wish)});
  return revisionIn(answer, "That could not be done; draw it by hand.");
}

/* Tells the bridge, which has the page measure the lesions. */
export function announceSaved() {
  window.dispatchEvent(new CustomEvent("rnapp-saved"));
}

/* otherwise: what is said where the server gives no reason. */
async function revisionIn(answer, otherwise) {
  const result = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(result.error || otherwise);
  return result.revision;
}
