/* The board's opinions, all that are noted so far. */
element.addEventListener("change", () => {
  const checked = [...element.querySelectorAll("input[data-leaning]:checked")];
  trigger("opine", {opinions: checked.map(input => [Number(input.dataset.lesion), input.dataset.leaning])});
});
