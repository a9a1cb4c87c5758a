
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const search = byId("search"), found = byId("found");
  const items = [...document.querySelectorAll(".item")].map((node) => ({ node, text: node.textContent.toLowerCase() }));
  const sections = [...document.querySelectorAll("main > section")];

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { node, text } of items) {
      const matches = words.every((word) => text.includes(word));
      node.hidden = !matches;
      count += matches ? 1 : 0;
    }
    for (const section of sections) {
      const own = items.filter(({ node }) => section.contains(node));
      section.hidden = own.length > 0 && own.every(({ node }) => node.hidden);
    }
    found.textContent = words.length ? `${count} of ${items.length}` : "";
  };
  const openAll = (open) => document.querySelectorAll("main details").forEach((one) => { one.open = open; });

  search.addEventListener("input", filter);
  byId("open").addEventListener("click", () => openAll(true));
  byId("close").addEventListener("click", () => openAll(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== search && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && search.value) {
      search.value = "";
      filter();
    }
  });
  window.addEventListener("beforeprint", () => openAll(true));
  byId("tools").hidden = false;
  filter();
})();
