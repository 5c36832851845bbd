/* A row of the overview shows the answer for its lesion. */
const shown = {};  // one object for every event: see "last" in handlers.py
const show = event => {
  const row = event.target.closest("tr[data-index]");
  if (!row) return;
  shown.index = Number(row.dataset.index);
  trigger("show", shown);
};

element.addEventListener("click", show);
element.addEventListener("keydown", event => { if (event.key === "Enter") show(event); });
