/* A button of the list acts on the scan or treatment in its place. Gradio looks for the events' names in this file. */
const EVENTS = ["show", "remove", "forget"];
const shown = {};  // one object for every event: see "last" in handlers.py

element.addEventListener("click", event => {
  const {act, place} = event.target.dataset;
  if (!EVENTS.includes(act)) return;
  trigger(act, act === "show" ? Object.assign(shown, {place: Number(place)}) : {place: Number(place)});
});
