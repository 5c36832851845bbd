/* The radio buttons of the table tell the server the row; the page itself keeps nothing. */
element.addEventListener("change", event => {
  if (event.target.dataset.index !== undefined) trigger("choose", {index: Number(event.target.dataset.index)});
});
