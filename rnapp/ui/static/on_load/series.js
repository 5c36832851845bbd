/* The radio buttons of the table tell the server the row; the page itself keeps nothing. */
const chosen = {};  // one object for every event: see "last" in handlers.py
element.addEventListener("change", event => {
  if (event.target.dataset.index === undefined) return;
  chosen.index = Number(event.target.dataset.index);
  trigger("choose", chosen);
});
