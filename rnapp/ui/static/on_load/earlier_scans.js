/* A button of the list acts on the scan or treatment in its place. Gradio looks for the events' names in this file. */
const EVENTS = ["show", "remove", "forget"];

element.addEventListener("click", event => {
  const {act, place} = event.target.dataset;
  if (EVENTS.includes(act)) trigger(act, {place: Number(place)});
});
