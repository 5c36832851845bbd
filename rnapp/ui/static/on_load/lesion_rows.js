/* A row of a table of lesions sends the viewer to its lesion; the viewer also removes one, so that it can be undone
   there. */
const goTo = event => {
  if (event.target.closest(".acts, [data-dismiss]")) return;
  const row = event.target.closest("tr[data-centre]");
  if (row) window.dispatchEvent(new CustomEvent("rnapp-goto", {detail: row.dataset.centre.split(",").map(Number)}));
};

element.addEventListener("click", goTo);
element.addEventListener("keydown", event => { if (event.key === "Enter") goTo(event); });
element.addEventListener("change", event => {
  const lesion = Number(event.target.dataset.name);
  if (lesion) trigger("rename", {lesion, name: event.target.value});
});
element.addEventListener("click", event => {
  const lesion = Number(event.target.dataset.remove);
  if (lesion) window.dispatchEvent(new CustomEvent("rnapp-remove", {detail: lesion}));
});
