/* Between the case on the server and the page: the case's state comes down, what the user did goes up. */
let newest = 0;
const turned = {};  // one object for every event: see "last" in handlers.py

const showState = () => {
  const state = JSON.parse(element.querySelector("pre").textContent || "{}");
  // Answers may overtake one another; an older state of the case must not replace a newer one.
  if (state.painting < newest) { trigger("overtaken", {}); return; }
  newest = state.painting || 0;
  window.rnappState = state;
  window.dispatchEvent(new CustomEvent("rnapp-case"));
  const steps = state.steps || {};
  for (const button of document.querySelectorAll("#steps button[id^=step-][id$=-button]")) {
    const [progress, words] = steps[button.id.slice(5, -7)] || [];
    button.hidden = !progress;  // a step of another question
    if (progress) { button.dataset.state = progress; button.title = words; }
  }
};

const turnTo = step => {
  turned.step = step;
  trigger("turned", turned);
};

watch("value", showState);
showState();
window.addEventListener("rnapp-saved", () => trigger("drawing_saved", {}));
window.addEventListener("rnapp-turn", event => turnTo(event.detail));
window.addEventListener("rnapp-kept", () => trigger("overtaken", {}));
// Only the user's own clicks: a tab's select event also fires when the page loads.
document.addEventListener("click", event => {
  const button = event.target.closest("#steps button[id^=step-][id$=-button]");
  if (button && event.isTrusted) turnTo(button.id.slice(5, -7));
});
