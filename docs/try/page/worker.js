// Python, in a thread of its own, so that the page stays alive. The page makes it from a Blob, by which it has the page's policy.
const here = (name) => new URL(name, import.meta.url).href;
const tell = (message) => self.postMessage(message);

const waiting = [];
let session = null;

// What the page asks for, by name.
const asked = {
  run: ({ source, anew }) => session.run(source, anew),
  grade: ({ source }) => session.grade_source(source),
  go: ({ number, position }) => session.go(number, position),
  speak: ({ code }) => session.speak(code),
};

function answer(request) {
  asked[request.do](request);
  tell({ kind: "done", did: request.do });
}

self.addEventListener("message", ({ data }) => (session ? answer(data) : waiting.push(data)));

const BEGIN = `
import json, os, sys
from chalkgrad_session import Session

try:
    import tqdm
    tqdm.tqdm.monitor_interval = 0  # there are no threads
except ImportError:
    pass

def begin(tell):
    return Session(lambda message: tell(json.dumps(message)), os.getcwd())

begin
`;

// A server may have said that the file is compressed; then the browser has taken it apart already.
async function unzipped(found) {
  const packed = await found.blob();
  const start = new Uint8Array(await packed.slice(0, 2).arrayBuffer());
  if (start[0] !== 0x1f || start[1] !== 0x8b) return packed;
  return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).blob();
}

async function begin() {
  // All of it is asked for at once; what comes first is not waited for by what comes next.
  const library = fetch(here("library.zip.gz")).then(unzipped);
  const archive = fetch(here("packages.tar.xz")).then((found) => found.arrayBuffer());
  const graphviz = import(here("graphviz.js")).then((module) => module.instance());
  const { loadPyodide } = await import(here("pyodide/pyodide.mjs"));
  tell({ kind: "stage", name: "loading" });
  const stdLibURL = URL.createObjectURL(await library);
  const pyodide = await loadPyodide({ indexURL: here("pyodide/"), stdLibURL });
  URL.revokeObjectURL(stdLibURL);
  tell({ kind: "stage", name: "importing" });
  const packages = pyodide.runPython("import site; site.getsitepackages()[0]");
  pyodide.unpackArchive(await archive, "xztar", { extractDir: packages });
  const viz = await graphviz;
  globalThis.chalkgradGraphviz = { layout: (dot, format, engine) => viz.renderString(dot, { format, engine }) };
  session = pyodide.runPython(BEGIN)((message) => tell(JSON.parse(message)));
  tell({ kind: "ready" });
  waiting.splice(0).forEach(answer);
}

begin().catch((error) => tell({ kind: "failed", reason: String(error?.message ?? error) }));
