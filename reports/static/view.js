"use strict";
/* What the reader chose, kept in the address after the #, so that the address is a link to what is seen. */
const view = (() => {
  const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
  const FORMS = { van: MONTH, tm: MONTH, g: /^(GM\d{4},?)+$/, per: /^10000$/ };
  const NAMES = Object.keys(FORMS);
  const listeners = [];
  let chosen = new URLSearchParams();
  const read = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    if (!NAMES.some((name) => given.has(name))) return false;
    chosen = new URLSearchParams();
    for (const name of NAMES) if (FORMS[name].test(given.get(name) || "")) chosen.set(name, given.get(name));
    return true;
  };
  const show = () => {
    const text = chosen.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  };
  const told = () => listeners.forEach((listener) => listener());
  read();
  addEventListener("hashchange", () => {
    /* An anchor within the page (skip link, contents) is followed, and what was chosen stays in the address. */
    if (read()) told(); else if (chosen.toString()) show();
  });
  /* A page of another municipality opens with the same period. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    if (!link || link.hasAttribute("download") || !link.pathname.endsWith(".html") || link.pathname === location.pathname) return;
    const kept = new URLSearchParams();
    for (const name of ["van", "tm"]) if (chosen.get(name)) kept.set(name, chosen.get(name));
    if (kept.toString() || link.hash.includes("=")) link.hash = kept.toString();
  });
  return {
    get: (name) => chosen.get(name) || "",
    set: (values) => {
      for (const [name, value] of Object.entries(values)) if (value) chosen.set(name, value); else chosen.delete(name);
      show();
      told();
    },
    listen: (listener) => { listeners.push(listener); listener(); },
  };
})();
/* Make an element; attributes that are lists, texts that are texts: nothing is ever read as markup. */
const make = (name, attributes = {}, ...children) => {
  const svg = ["svg", "g", "line", "rect", "circle", "text", "title", "desc", "defs", "pattern"].includes(name);
  const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};
