/* A message that something failed may be above what was just clicked, out of sight. */
watch("value", () => {
  const alert = element.querySelector("[role=alert]");
  if (alert) alert.scrollIntoView({block: "nearest"});
});
