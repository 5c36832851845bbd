/* Uses or removes a model of the list. */
element.addEventListener("click", event => {
  const {use, discard} = event.target.dataset;
  if (use) trigger("use_model", {sha256: use});
  if (discard && confirm("Remove this model from this computer?")) trigger("discard_model", {sha256: discard});
});
