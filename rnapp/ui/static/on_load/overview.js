/* A row of the overview shows the answer for its lesion. */
const show = event => {
  const row = event.target.closest("tr[data-index]");
  if (row) trigger("show", {index: Number(row.dataset.index)});
};

element.addEventListener("click", show);
element.addEventListener("keydown", event => { if (event.key === "Enter") show(event); });
