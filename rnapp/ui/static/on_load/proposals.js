/* A proposed lesion is accepted by the viewer, which can undo it, and dismissed on the server alone. */
element.addEventListener("click", event => {
  const {take, dismiss} = (event.target.closest("button") || element).dataset;
  if (take) window.dispatchEvent(new CustomEvent("rnapp-take", {detail: Number(take)}));
  if (dismiss) trigger("dismiss", {number: Number(dismiss)});
});
