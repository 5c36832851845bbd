/* Another question is asked of an empty case: what is open is closed, after a question where there is something. */
const asked = {};  // one object for every event: see "last" in handlers.py
const WORDS = {
  no: "The open case is not kept and will be lost. Ask the other question?",
  yes: "The open case is kept and will be closed. Ask the other question?",
  "": "The open study will be closed; nothing was prepared yet. Ask the other question?",
};

element.addEventListener("change", event => {
  const {ask} = event.target.dataset, {task, open, kept} = window.rnappState || {};
  if (!ask || ask === task) return;
  if (open && !confirm(WORDS[kept])) {
    element.querySelector(`[data-ask="${task}"]`).checked = true;
    return;
  }
  asked.task = ask;
  trigger("ask", asked);
});
