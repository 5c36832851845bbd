/* The page around the screens: light or dark display, help, keys from step to step, downloads, keeping and
   quitting. A plain script: Gradio adds what its head names as one. */
"use strict";
(() => {
  if (window.rnappRoom) return;
  window.rnappRoom = true;
  const TYPING = "input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select";
  const A_YEAR = 365 * 24 * 3600;

  function light() {
    const dark = document.body.classList.toggle("dark");
    // A cookie, because the next start has another port, and so another local storage.
    document.cookie = `rnapp_room=${dark ? "dark" : "light"}; max-age=${A_YEAR}; path=/; samesite=strict`;
  }

  function help() {
    const dialog = document.querySelector("#help");
    if (dialog.open) dialog.close(); else dialog.showModal();
  }

  /* The help, at what it says of one thing. */
  function helpAbout(topic) {
    const dialog = document.querySelector("#help");
    if (!dialog.open) dialog.showModal();
    const there = dialog.querySelector(`section:not([hidden]) [data-topic="${topic}"]`);
    if (there) there.scrollIntoView();
  }

  function turn(step) {
    const button = document.querySelector(`#step-${step}-button`);
    if (!button) return;
    button.click();
    window.dispatchEvent(new CustomEvent("rnapp-turn", {detail: step}));
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches(TYPING)) return;
    if (event.key === "?") { event.preventDefault(); help(); }
    else if (event.key === "t") light();
    else {
      const step = Object.keys((window.rnappState || {}).steps || {})[Number(event.key) - 1];
      if (step) turn(step);
    }
  }

  /* A report takes seconds to make: the link says so, and then that it is saved or why not. */
  async function save(link) {
    if (link.dataset.words) return;
    const words = link.dataset.words = link.textContent;
    link.textContent = `${words}: being made …`;
    try {
      const answer = await fetch(link.href);
      if (!answer.ok) throw new Error((await answer.json()).error);
      const file = document.createElement("a");
      file.href = URL.createObjectURL(await answer.blob());
      file.download = link.download;
      file.click();
      setTimeout(() => URL.revokeObjectURL(file.href), 60_000);
      link.textContent = `${words} ✓ saved`;
    } catch (error) {
      link.textContent = `${words}: failed. ${error.message}`;
    }
    delete link.dataset.words;
    setTimeout(() => { if (!link.dataset.words) link.textContent = words; }, 8_000);
  }

  /* Words and tooltip of the button, by whether the case is kept. One that is not is never lost without a question. */
  const KEEP = {"": ["Keep case", "There is nothing to keep yet"],
                no: ["Keep case", "Keep this case on this computer, so that it can be opened again"],
                yes: ["Kept ✓", "This case is kept on this computer, and so is what you change"]};

  function showKept() {
    const button = document.querySelector("#keep-case");
    const kept = (window.rnappState || {}).kept || "";
    if (!button || button.dataset.busy) return;
    [button.textContent, button.title] = KEEP[kept];
    button.disabled = kept !== "no";
  }

  async function keep() {
    const button = document.querySelector("#keep-case");
    button.dataset.busy = "yes";
    button.textContent = "Keeping …";
    try {
      const answer = await fetch("/case/keep", {method: "POST"});
      if (!answer.ok) throw new Error((await answer.json()).error);
      window.rnappState.kept = "yes";
      window.dispatchEvent(new CustomEvent("rnapp-kept"));
      return true;
    } catch (error) {
      alert(`The case is not kept. ${error.message}`);
      return false;
    } finally {
      delete button.dataset.busy;
      showKept();
    }
  }

  function leave() {
    const {kept, busy} = window.rnappState || {};
    if (kept !== "no" && !busy) { quit(); return; }
    document.querySelector("#leaving-words").textContent = [
      busy ? "A step is still running; it would be stopped." : "",
      kept === "no" ? "The open case is not kept: what was drawn and entered, and the answer, would be lost." : "",
    ].join(" ").trim();
    document.querySelector("#keep-and-quit").hidden = kept !== "no";
    document.querySelector("#quit-now").textContent = kept === "no" ? "Quit without keeping it" : "Quit";
    document.querySelector("#leaving").showModal();
  }

  async function quit() {
    try { await fetch("/quit", {method: "POST"}); } catch { /* the server ended before it answered */ }
    document.body.innerHTML = '<p id="ended">rnapp has ended. You can close this window.</p>';
    window.close();
  }

  async function keepAndQuit() {
    document.querySelector("#leaving-words").textContent = "The case is being kept …";
    if (await keep()) quit();
    else document.querySelector("#leaving").close();
  }

  /* The steps stay visible below the header, whose height depends on the window. */
  function fit() {
    const header = document.querySelector("#header");
    if (header) document.documentElement.style.setProperty("--header", `${header.offsetHeight}px`);
  }

  /* Of what header and help say of each question, that of the one that is asked. */
  function showTask() {
    const {task} = window.rnappState || {};
    if (!task) return;
    for (const part of document.querySelectorAll("#header [data-task]")) part.hidden = part.dataset.task !== task;
  }

  document.addEventListener("keydown", key);
  document.addEventListener("click", event => {
    if (event.target.closest("#help-open")) help();
    else if (event.target.closest("#light-switch")) light();
    else if (event.target.id === "help") help();
    const ask = event.target.closest("[data-help]");
    if (ask) helpAbout(ask.dataset.help);
    const act = {"keep-case": keep, quit: leave, "quit-now": quit, "keep-and-quit": keepAndQuit,
                 stay: () => document.querySelector("#leaving").close()}[event.target.id];
    if (act) act();
    const link = event.target.closest(".downloads a");
    if (link) { event.preventDefault(); save(link); }
  });
  window.addEventListener("resize", fit);
  window.addEventListener("rnapp-case", showTask);
  window.addEventListener("rnapp-case", fit);
  window.addEventListener("rnapp-case", showKept);
})();
