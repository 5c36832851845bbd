/* The board's opinions, all that are noted so far. */
const noted = {};  // one object for every event: see "last" in handlers.py
element.addEventListener("change", () => {
  const checked = [...element.querySelectorAll("input[data-leaning]:checked")];
  noted.opinions = checked.map(input => [Number(input.dataset.lesion), input.dataset.leaning]);
  trigger("opine", noted);
});
