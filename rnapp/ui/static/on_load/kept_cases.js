/* Opens or deletes a case of the list, after a question where something would be lost. */
element.addEventListener("click", event => {
  const {open, remove} = event.target.dataset;
  const unkept = (window.rnappState || {}).kept === "no";
  if (open && (!unkept || confirm("The open case is not kept and will be lost. Open the other one?"))) {
    trigger("open_kept", {id: open});
  }
  if (remove && confirm(`Delete the kept case ${event.target.dataset.title} for good?`)) {
    trigger("remove_kept", {id: remove});
  }
});
