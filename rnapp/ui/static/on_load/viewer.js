/* An import, because Gradio adds a script of its head as a plain one, and the viewers are modules. */
import("/ui/viewer.js").then(viewer => viewer.mount(element), () => {
  element.querySelector(".cover").textContent = "The viewer could not be loaded; reload the page.";
});
