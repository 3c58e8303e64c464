// What Python shows, in the list of results: text, pictures, tables, formulas, pages, files, and steps with buttons.
import steps from "./steps.js";

const outputs = document.getElementById("outputs");
const MOST = 200_000; // characters that are printed
let printing = null, printed = 0, models = new Map(), links = [];

function made(tag, properties, parent) {
  return parent.appendChild(Object.assign(document.createElement(tag), properties));
}

export function clear() {
  outputs.replaceChildren();
  links.forEach(URL.revokeObjectURL);
  [printing, printed, models, links] = [null, 0, new Map(), []];
}

export function typed(text) {
  printing = null;
  made("pre", { className: "typed", textContent: text.split("\n").map((line, i) => (i ? "... " : ">>> ") + line).join("\n") }, outputs);
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));

// What returns to the beginning of its line, as a bar of progress does, is written over.
const overwritten = (text) => text.replace(/[^\n]*\r(?=[^\n])/g, "");

// The results are shown in the order in which they came, though a formula may have to wait for what sets it.
export const show = {
  printed({ text }, words) {
    if (printed > MOST) return;
    printed += text.length;
    printing ??= made("pre", { className: "text" }, outputs);
    const table = /[│|].*\n/.test(text) || printing.classList.contains("wide"); // its columns stand below each other
    printing.className = table ? "text wide scrolls" : "text";
    printing.textContent = overwritten(printing.textContent + text) + (printed > MOST ? `\n${words["left out"]}` : "");
  },
  text({ text }) {
    made("pre", { className: text.includes("\n") ? "text wide scrolls" : "text", textContent: text }, outputs);
  },
  error({ text }) {
    made("pre", { className: "error scrolls", textContent: text }, outputs);
  },
  note({ text }) {
    made("p", { className: "hint", textContent: text }, outputs);
  },
  async rich(message) {
    const { mime, content, text } = message;
    if (mime === "text/latex") {
      await formula(content, text, made("div", { className: "scrolls" }, outputs));
    } else if (mime === "image/png") {
      const paper = made("div", { className: "paper" }, outputs);
      made("img", { alt: text, src: `data:image/png;base64,${content}` }, paper);
    } else {
      // Scripts in it do not run: the page's policy allows those of its own files alone.
      made("div", { className: mime === "image/svg+xml" ? "paper" : "scrolls", innerHTML: content }, outputs);
    }
  },
  page({ html, text }) {
    const frame = made("iframe", { className: "page", title: text, src: "frame.html" }, outputs);
    frame.setAttribute("sandbox", "allow-scripts allow-downloads");
    frame.addEventListener("load", () => frame.contentWindow.postMessage(html, "*"), { once: true });
  },
  file({ name, content }, words) {
    const link = URL.createObjectURL(new Blob([bytesOf(content)]));
    links.push(link);
    made("a", { href: link, download: name, textContent: words.save.replace("{name}", name) }, made("p", {}, outputs));
  },
  steps(message, words, send) {
    const model = new Model(message, (position) => send({ do: "go", number: message.id, position }));
    models.set(message.id, model);
    steps.render({ model, el: made("div", {}, outputs) });
  },
  moved(message) {
    models.get(message.id)?.take(message);
  },
};

export async function shown(message, words, send) {
  if (message.kind !== "printed") printing = null;
  await show[message.kind](message, words, send);
  mark();
}

const SMALLEST = 0.5; // of its size; a picture that has less room is scrolled, because its numbers could not be read

// What scrolls by itself can be reached by the tab key, and only that.
function mark() {
  for (const picture of outputs.querySelectorAll(".paper svg, .chalkgrad-steps svg")) {
    picture.style.minWidth = `${SMALLEST * picture.viewBox.baseVal.width}px`;
  }
  for (const region of outputs.querySelectorAll(".scrolls, .paper, .chalkgrad-steps > div:first-child")) {
    if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
    else region.removeAttribute("tabindex");
  }
}
addEventListener("resize", mark);

// Formulas -----------------------------------------------------------------------------------------------------------

let setter = null; // what sets formulas is loaded with the first

function loaded() {
  setter ??= new Promise((resolve, reject) => {
    made("script", { src: "temml.js", onload: () => resolve(globalThis.temml), onerror: reject }, document.head);
  });
  return setter;
}

async function formula(latex, text, place) {
  try {
    const temml = await loaded();
    const tex = latex.trim().replace(/^\$+|\$+$/g, "").replace(/^\\displaystyle/, "");
    place.innerHTML = temml.renderToString(tex, { displayMode: true, throwOnError: true });
  } catch {
    made("pre", { className: "text", textContent: text }, place);
  }
}

// Steps --------------------------------------------------------------------------------------------------------------

// What steps.js, the part of the notebook's widget in the browser, reads and sets: the position is the cursor's in Python.
class Model {
  constructor(state, go) {
    [this.state, this.go, this.listeners] = [state, go, new Map()];
  }
  get(name) {
    return this.state[name];
  }
  set(name, value) {
    this.wanted = { ...this.wanted, [name]: value };
  }
  save_changes() {
    this.go(this.wanted.position);
  }
  on(name, listener) {
    this.listeners.set(listener, name);
  }
  off(name, listener) {
    this.listeners.delete(listener);
  }
  take(state) {
    this.state = { ...this.state, ...state };
    new Set(this.listeners.keys()).forEach((listener) => listener());
  }
}
