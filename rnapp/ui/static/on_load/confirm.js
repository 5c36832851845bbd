/* The reader's word about a caution, with the reason beside it. Gradio looks for the event's name in this file. */
const say = entry => {
  const {confirm: code, answer} = entry.querySelector("[data-confirm]").dataset;
  trigger("confirm_caution", {code, answer: Number(answer), reason: entry.querySelector("input").value});
};
element.addEventListener("click", event => {
  if (event.target.dataset.confirm) say(event.target.closest("li"));
});
element.addEventListener("keydown", event => {
  if (event.key === "Enter" && event.target.matches("li input")) say(event.target.closest("li"));
});
