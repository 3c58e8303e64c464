// The page: what its buttons and keys do, and what it says. Python runs in worker.js.
import * as address from "./address.js";
import { newLine, replace, source } from "./editor.js";
import { clear, shown, show, typed } from "./outputs.js";

const byId = (id) => document.getElementById(id);
const KEPT = "chalkgrad try"; // where the browser keeps the program between two visits
const BEGINNING = `from chalkgrad import *

a, b = Value(2), Value(-3)
c, f = Value(10), Value(-2)
L = (a * b + c) * f
L.steps()
`;
const facts = fetch("facts.json").then((found) => found.json());
let worker, words, code = "en";
let state = "starting"; // then "ready" and "running"; for tests it is an attribute of the page, too
let pictured = null; // when the first picture was there, which bench/try_page.py asks for
let queue = Promise.resolve(); // results are shown one after the other

// Python -------------------------------------------------------------------------------------------------------------

function begin() {
  // A worker has its own policy, that of its address; only one that is made from a Blob has the page's, so that what Python does
  // is bound by it as well.
  const module = `import ${JSON.stringify(new URL("worker.js", import.meta.url).href)};`;
  const link = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
  worker = new Worker(link, { type: "module" });
  const mine = worker;
  worker.addEventListener("message", ({ data }) => {
    queue = queue.then(() => (mine === worker ? take(data) : null)).catch((error) => console.error(error));
  });
  worker.addEventListener("error", (event) => fail(event.message ?? ""));
}

const send = (request) => worker.postMessage(request);

async function take(message) {
  await facts;
  if (message.kind === "stage") {
    say(message.name);
  } else if (message.kind === "failed") {
    fail(message.reason);
  } else if (message.kind === "ready") {
    if (state === "starting") enter("ready");
    keep();
  } else if (message.kind === "done") {
    if (state === "running" && message.did !== "go" && message.did !== "speak") enter("ready");
  } else {
    await shown(message, words, send);
    if (document.activeElement === prompt) prompt.scrollIntoView({ block: "nearest" });
    if (!pictured && byId("outputs").querySelector("svg")) {
      pictured = performance.mark("first picture");
    }
  }
}

function enter(next) {
  state = document.documentElement.dataset.state = next;
  byId("stop").setAttribute("aria-disabled", next !== "running");
  say(next);
}

function fail(reason) {
  document.documentElement.dataset.state = "failed";
  byId("status").textContent = words ? words.failed.replace("{reason}", reason) : reason;
  byId("status").classList.add("wrong");
}

function say(key) {
  byId("status").dataset.say = key;
  byId("status").classList.remove("wrong");
  if (words) byId("status").textContent = words[key];
}

// What can be done ---------------------------------------------------------------------------------------------------

function run(request) {
  if (state === "running") return;
  enter("running");
  send(request);
}

function runProgram() {
  if (state === "running") return;
  clear();
  run({ do: "run", source: source.value, anew: true });
}

function grade() {
  if (state === "running") return;
  clear();
  run({ do: "grade", source: source.value });
}

// A loop without an end cannot be asked to stop, because that takes memory which two threads share, and servers that allow it.
function stop() {
  if (state !== "running") return;
  worker.terminate();
  queue = Promise.resolve();
  enter("starting");
  show.note({ text: words.stopped });
  start();
}

function start() {
  begin();
  if (code !== "en") send({ do: "speak", code });
}

async function copy() {
  address.put({ start: null, code: await address.packed(source.value) });
  byId("address").value = location.href;
  try {
    await navigator.clipboard.writeText(location.href);
    byId("address").hidden = true;
    say("copied");
  } catch { // not allowed here: it is shown, to be copied by hand
    byId("address").hidden = false;
    byId("address").select();
    say("to copy");
  }
}

// The prompt ---------------------------------------------------------------------------------------------------------

const prompt = byId("prompt");
const history_ = [];
let at = 0;

function enterLine() {
  const line = prompt.value.trimEnd();
  if (!line.trim() || state === "running") return;
  if (history_.at(-1) !== line) history_.push(line);
  at = history_.length;
  prompt.value = "";
  fit();
  typed(line);
  run({ do: "run", source: line, anew: false });
}

function recall(by) {
  at = Math.min(history_.length, Math.max(0, at + by));
  prompt.value = history_[at] ?? "";
  fit();
}

function fit() {
  prompt.rows = prompt.value.split("\n").length;
}

prompt.addEventListener("input", fit);
prompt.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const [before, after] = [prompt.value.slice(0, prompt.selectionStart), prompt.value.slice(prompt.selectionEnd)];
  if (event.key === "Enter") {
    event.preventDefault();
    if (event.shiftKey) newLine(prompt);
    else enterLine();
  } else if (event.key === "ArrowUp" && !event.shiftKey && !before.includes("\n") && at > 0) {
    event.preventDefault();
    recall(-1);
  } else if (event.key === "ArrowDown" && !event.shiftKey && !after.includes("\n") && at < history_.length) {
    event.preventDefault();
    recall(1);
  }
});

// Languages ----------------------------------------------------------------------------------------------------------

async function speak(chosen) {
  const { words: all, starts } = await facts;
  code = chosen in all ? chosen : "en";
  words = all[code];
  Object.assign(document.documentElement, { lang: code, dir: words.language.direction });
  document.title = words.title;
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = words[element.dataset.say];
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", words[element.dataset.label]);
  for (const element of document.querySelectorAll("[data-title]")) element.title = words[element.dataset.title];
  const others = Object.keys(all);
  const other = all[others[(others.indexOf(code) + 1) % others.length]].language;
  Object.assign(byId("language"), { textContent: other.name, lang: other.code, hidden: others.length < 2 });
  byId("language").onclick = async () => {
    address.put({ language: other.code === "en" ? null : other.code });
    await speak(other.code);
    send({ do: "speak", code });
  };
  list(starts);
}

// Where to start -----------------------------------------------------------------------------------------------------

const inLanguage = (said) => (typeof said === "string" ? said : said[code]);

function list(groups) {
  const chosen = byId("start").value;
  const options = groups.map(({ group, starts }) => {
    const box = Object.assign(document.createElement("optgroup"), { label: group === "lecture" ? words.lecture : inLanguage(group) });
    box.append(...starts.map(({ name, title }) => new Option(inLanguage(title), name)));
    return box;
  });
  byId("start").replaceChildren(new Option(words["first program"], ""), ...options);
  byId("start").value = chosen;
}

async function programOf(name) {
  const { starts } = await facts;
  const found = starts.flatMap((group) => group.starts).find((one) => one.name === name);
  return found ? `${inLanguage(found.code)}\n` : BEGINNING;
}

async function open() {
  const name = byId("start").value;
  replace(await programOf(name));
  address.put({ code: null, start: name || null });
  runProgram();
}

// Between two visits -------------------------------------------------------------------------------------------------

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // not here
  }
}

source.addEventListener("input", () => {
  try {
    localStorage.setItem(KEPT, source.value);
  } catch { /* not here */ }
});

// Asks the browser to keep all that was loaded, once it is, so that this takes nothing from the start.
async function keep() {
  try {
    await navigator.serviceWorker?.register("service.js");
  } catch { /* not in this window */ }
}

// ----------------------------------------------------------------------------------------------------------------------

byId("run").addEventListener("click", runProgram);
byId("stop").addEventListener("click", stop);
byId("grade").addEventListener("click", grade);
byId("copy").addEventListener("click", copy);
byId("open").addEventListener("click", open);
addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    runProgram();
  }
});

begin();
const given = address.parts();
await speak(given.get("language") ?? "en");
if (code !== "en") send({ do: "speak", code });
byId("stop").setAttribute("aria-disabled", true);
say("loading");
document.documentElement.dataset.state = state;

let stranger = false; // whether the program is one that somebody else may have written
if (given.has("code")) {
  stranger = true;
  try {
    replace(await address.unpacked(given.get("code")));
    show.note({ text: words.shared });
  } catch {
    replace(BEGINNING);
    show.note({ text: words["unreadable address"] });
  }
} else if (given.has("start")) {
  byId("start").value = given.get("start");
  replace(await programOf(given.get("start")));
} else {
  replace(kept() ?? BEGINNING);
  stranger = source.value !== BEGINNING;
}
if (!stranger) runProgram();
